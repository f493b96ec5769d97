// The film in the middle: what the viewer is given, and what it tells.
import { call } from "../core/api.js";
import { fill, h, the } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { labelName, language, moment, t } from "../core/texts.js";
import { Viewer } from "../viewer/viewer.js";
import { nameOf } from "../worklist/row.js";
import { links } from "./links.js";

/** @typedef {import("../types").Study} Study */

export class FilmPane {
  constructor() {
    this.host = the("viewer");
    this.viewer = new Viewer(this.host, { lang: language(), fetcher: (path, init) => call(path, init), announce, labelName });
    this.heat = false;
    /** @type {Study | null} */
    this.study = null;
    this.image = "";
    links.addEventListener("light", () => this.light());
    links.addEventListener("pin", () => this.light());
    this.host.addEventListener("viewer:image", (event) => {
      this.image = /** @type {CustomEvent} */ (event).detail.id;
    });
    this.host.addEventListener("viewer:finding", (event) => links.light(/** @type {CustomEvent} */ (event).detail.label));
  }

  /** @param {Study} study @param {Study | null} prior */
  async open(study, prior) {
    this.study = study;
    this.heat = false;
    this.light();
    the("film-title").textContent = t("film.of", { name: nameOf(study) });
    fill(the("film-state"));
    try {
      await this.viewer.open(this.items(study), { prior: prior ? this.items(prior) : [] });
    } catch (problem) {
      fill(the("film-state"), h("p", { class: "failed" }, t("film.failed", { why: /** @type {Error} */ (problem).message })));
    }
  }

  /** The study was read meanwhile: the films stay, what was found on them is new. @param {Study} study */
  update(study) {
    this.study = study;
    this.viewer.main.items.splice(0, Infinity, ...this.items(study));
    this.light();
  }

  /** @param {Study} study */
  items(study) {
    return study.images.map((image) => ({
      image,
      pixelsUrl: image.links.pixels,
      anatomyUrl: image.links.anatomy,
      tagsUrl: image.links.tags,
      title: [nameOf(study), image.view, moment(study.created_at)].filter(Boolean).join(" · "),
    }));
  }

  light() {
    const label = links.lit;
    this.viewer.highlight(label);
    this.viewer.setOverlay({ label, kind: label && this.heat ? "heatmap" : "none" });
  }

  /** Show the heatmap of the finding that is looked at, or else of the first that is present. */
  toggleHeat() {
    this.heat = !this.heat;
    const first = this.study?.findings.find((one) => one.polarity === "present") ?? this.study?.findings.find((one) => one.uncertain);
    if (this.heat && !links.lit && first) links.pin(first.label);
    this.light();
    announce(t(this.heat ? "film.heat" : "film.noheat", { name: links.lit ? labelName(links.lit) : "" }));
  }

  /** @param {string} command */
  command(command) {
    this.viewer.command(command);
  }
}
