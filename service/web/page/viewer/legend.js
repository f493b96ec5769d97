// The words in the corners of a film, and the letters of the patient's sides at its edges.
import { fill, h } from "../core/dom.js";
import { degrees, edges, isMirrored } from "./geometry.js";
import { digits } from "./windowing.js";
/** @import { Pane } from "./pane.js" */
/** @import { Words } from "./types" */

/** A frontal film where the file does not say: the patient faces the reader. @type {[string, string]} */
const HUNG = ["L", "F"];
const EDGES = /** @type {const} */ (["left", "right", "top", "bottom"]);

/** What the tags say is shown, else what the picture shows. @param {Pane} pane */
export const viewOf = ({ item }) => item?.image.view ?? item?.image.gate?.view ?? "";

export class Legend {
  /** @param {Words} words @param {string} lang @param {boolean} prior said before the title */
  constructor(words, lang, prior) {
    this.words = words;
    this.lang = lang;
    const corner = (/** @type {string} */ place) => h("p", { class: `viewer-corner ${place}` });
    this.title = corner("top-left");
    this.values = corner("bottom-left");
    this.facts = corner("bottom-right");
    this.sides = h("div", { class: "viewer-sides" });
    this.elements = [this.title, this.values, this.facts, this.sides];
    this.badge = prior ? h("strong", {}, words("prior")) : null;
    /** @type {Map<Element, string>} */
    this.known = new Map();
  }

  /** @param {Pane} pane */
  show(pane) {
    this.put(this.title, this.titleOf(pane), (text) => [this.badge, text]);
    this.put(this.values, this.valuesOf(pane));
    this.put(this.facts, this.factsOf(pane));
    this.put(this.sides, JSON.stringify([pane.camera.turn, this.lettersOf(pane)]), () => this.chips(pane));
  }

  /** Touch the page only for what changed. @param {HTMLElement} into @param {string} text @param {(text: string) => (Node | string | null)[]} [made] */
  put(into, text, made = (plain) => [plain]) {
    if (this.known.get(into) !== text) fill(into, made(text));
    this.known.set(into, text);
  }

  /** @param {Pane} pane */
  titleOf(pane) {
    const number = pane.count > 1 ? this.words("count", { n: pane.index + 1, count: pane.count }) : "";
    const title = pane.item?.title ?? "";
    return [title, number, title.includes(viewOf(pane)) ? "" : viewOf(pane)].filter(Boolean).join(" · ");
  }

  /** @param {Pane} pane */
  valuesOf({ film, window: { center, width }, zoom, inverted, gamma }) {
    const { words, lang } = this;
    const [shownWidth, shownCenter] = [width, center].map((value) => digits(value, width, lang));
    const gray = film?.facts.full ? `W\u00a0${shownWidth} C\u00a0${shownCenter}` : words("preview");
    const tone = gamma === 1 ? "" : `γ\u00a0${gamma.toLocaleString(lang)}`;
    return [gray, `${words("zoom")}\u00a0${Math.round(zoom * 100)}\u202f%`, tone, inverted && words("inverted")].filter(Boolean).join("  ");
  }

  /** @param {Pane} pane */
  factsOf(pane) {
    const { words, lang } = this;
    const { spacing, full, orientation } = pane.film?.facts ?? {};
    const turn = degrees(pane.camera.turn);
    const size = spacing && [...new Set(spacing.map((pitch) => pitch.toLocaleString(lang, { maximumFractionDigits: 3 })))].join(" × ");
    const assumed = full && !orientation && this.lettersOf(pane);
    return [turn && words("turned", { degrees: turn }), assumed && words("assumed"), size ? `${size}\u00a0mm/px` : full && words("unspaced")].filter(Boolean).join("  ");
  }

  /** @param {Pane} pane */
  lettersOf(pane) {
    const orientation = pane.film?.facts.orientation ?? (["PA", "AP"].includes(viewOf(pane)) ? HUNG : null);
    return orientation && edges(pane.camera.turn, orientation);
  }

  /** A letter at each edge that is a side of the patient, not the head or the feet. @param {Pane} pane */
  chips(pane) {
    const flipped = isMirrored(pane.camera.turn) ? this.words("flipped") : "";
    const chip = (/** @type {string} */ edge, /** @type {string} */ letter) =>
      h("p", { class: `viewer-side ${edge}${flipped && " flipped"}` }, letter && h("b", {}, letter), flipped && h("small", {}, flipped));
    const letters = this.lettersOf(pane);
    const chips = EDGES.filter((edge) => letters && "LRAP".includes(letters[edge] || "?")).map((edge) => chip(edge, letters?.[edge] ?? ""));
    return chips.length || !flipped ? chips : [chip("top", "")];
  }
}
