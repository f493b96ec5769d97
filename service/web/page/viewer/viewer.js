// The viewer: the films of a study, and its prior beside them.
import { h } from "../core/dom.js";
import { Bar } from "./bar.js";
import { COMMANDS, SAID } from "./commands.js";
import { Evidence, toggleRatio } from "./evidence.js";
import { degrees, isMirrored } from "./geometry.js";
import { installKeyboard, KEYS } from "./keyboard.js";
import { viewOf } from "./legend.js";
import { Loader } from "./loader.js";
import { placeAt } from "./marks.js";
import { Pane } from "./pane.js";
import { installPointer } from "./pointer.js";
import { Source } from "./source.js";
import { wordsOf } from "./texts.js";
import { PRESETS } from "./windowing.js";
/** @import { Item, Options, Overlay, Point } from "./types" */

/** CSS pixels: a narrower viewer shows the prior only when asked. */
const TWO_FILMS_PX = 700;

/**
 * Tells on its host: viewer:state (how the film is looked at), viewer:image (which is shown), viewer:measure (a length, a ratio),
 * viewer:finding (the label whose place the pointer is on, or null), viewer:overlay (kind, label, opacity).
 */
export class Viewer {
  /** @param {HTMLElement} host @param {Options} [options] */
  constructor(host, options = {}) {
    this.host = host;
    this.options = options;
    this.lang = options.lang ?? "en";
    this.words = wordsOf(this.lang);
    this.source = new Source(options.fetcher ?? ((path, init) => fetch(path, init)));
    this.bar = new Bar(this.words, (name) => this.command(name));
    /** @type {import("./tags.js").Tags | null} */
    this.tags = null;
    this.main = this.loader(false);
    this.prior = this.loader(true);
    this.active = this.main.pane;
    this.evidence = new Evidence(this.active, this.source, options.labelName ?? ((label) => label.replaceAll("_", " ")));
    this.synced = true;
    this.priorShown = false;
    /** @type {string | null} */
    this.pointedAt = null;
    this.told = "";
    this.speaker = h("p", { class: "viewer-speaker", role: "status" });
    const films = h("div", { class: "viewer-films" }, this.active.element, this.prior.pane.element);
    this.element = h("div", { class: "viewer" }, options.toolbar !== false && this.bar.element, films, this.speaker);
    dress();
    host.append(this.element);
    this.showPrior(false);
  }

  /** @param {boolean} prior */
  loader(prior) {
    const pane = new Pane(this, prior);
    installPointer(pane);
    installKeyboard(pane);
    pane.canvas.addEventListener("focus", () => {
      this.active = pane;
      this.showBar();
    });
    return new Loader(pane, this.source);
  }

  /** Every key of the viewer with what it does, for a list of keys. */
  get shortcuts() {
    const { words } = this;
    const text = (/** @type {string} */ name) => (name.startsWith("preset") ? `${words("preset")}: ${words(`preset.${PRESETS[Number(name.at(-1)) - 1]}`)}` : words(name));
    return Object.entries(KEYS).map(([name, keys]) => ({ keys, text: text(name) }));
  }

  /** Show a study; done when its first picture is there. @param {Item[]} images @param {{prior?: Item[]}} [others] */
  async open(images, { prior = [] } = {}) {
    this.main.items = images;
    this.prior.items = prior;
    const first = this.show(0);
    this.showPrior(this.host.clientWidth >= TWO_FILMS_PX);
    await first;
  }

  /** The same images, with what has become known of them since. @param {Item[]} images */
  update(images) {
    this.main.items = images;
    this.evidence.refresh(images);
  }

  /** @param {number} index */
  async show(index) {
    const { items } = this.main;
    if (!items[index]) return;
    const shown = this.main.show(index);
    this.evidence.refresh(items);
    if (this.priorShown) void this.match();
    this.tell("viewer:image", { index, id: items[index].image.id });
    this.say(this.active.legend.titleOf(this.main.pane));
    this.showBar();
    await shown;
  }

  /** Show the prior's image of the same view. */
  async match() {
    const { items, pane } = this.prior;
    const index = Math.max(0, items.findIndex(({ image }) => image.view === viewOf(this.main.pane)));
    if (pane.item !== items[index]) await this.prior.show(index);
    this.changed(this.main.pane);
  }

  /** Light a finding's place, or none. @param {string | null} label */
  highlight(label) {
    this.evidence.lit = label;
    this.evidence.refresh(this.main.items);
  }

  /** @param {Partial<Overlay>} wanted what is left out stays */
  setOverlay(wanted) {
    Object.assign(this.evidence.overlay, wanted);
    this.evidence.refresh(this.main.items);
    this.showBar();
    this.tell("viewer:overlay", { ...this.evidence.overlay });
  }

  /** Do what a button or a key does. @param {string} command a name, or name:value @param {Pane} [pane] */
  command(command, pane = this.active) {
    const [name, value = ""] = command.split(":");
    COMMANDS[name]?.(pane, value, this);
    const said = SAID[name]?.(pane, this);
    if (said) this.say(said);
    this.showBar();
  }

  /** @param {boolean} wanted */
  setSync(wanted) {
    this.synced = wanted;
    this.changed(this.active);
  }

  /** @param {boolean} wanted */
  showPrior(wanted) {
    const { pane, items } = this.prior;
    this.priorShown = wanted && items.length > 0;
    pane.element.hidden = !this.priorShown;
    if (this.priorShown) void this.match();
    else this.active = this.main.pane;
    this.showBar();
  }

  /** Or take them away. Few look at them: loaded when asked for. @param {Pane} pane */
  async showTags({ element, item }) {
    const { Tags } = await import("./tags.js");
    this.tags ??= new Tags(this.words, () => {
      this.active.canvas.focus();
      this.showBar();
    });
    element.after(this.tags.element);
    if (!this.tags.element.hidden) this.tags.close();
    else if (item) void this.tags.open(this.source.json(item.tagsUrl));
    this.showBar();
  }

  /** @param {Pane} pane */
  async ratio(pane) {
    await toggleRatio(pane, this.source);
    this.showBar();
  }

  /** @param {Pane} pane @param {number} steps */
  step(pane, steps) {
    const index = pane.index + steps;
    const side = pane === this.prior.pane ? this.prior : this.main;
    if (!side.items[index]) return false;
    void (side === this.main ? this.show(index) : side.show(index));
    return true;
  }

  /** The other film follows. @param {Pane} pane */
  changed(pane) {
    const { main, prior } = this;
    if (this.synced && this.priorShown) (pane === main.pane ? prior : main).pane.follow(pane);
  }

  /** @param {Pane} pane */
  drawn(pane) {
    if (pane !== this.main.pane) return;
    const { window, zoom, inverted, gamma, tool, index, count, film, camera } = pane;
    const state = { window, zoom, inverted, gamma, tool, index, count, rotation: degrees(camera.turn), flipped: isMirrored(camera.turn), full: Boolean(film?.facts.full) };
    const told = JSON.stringify(state);
    if (told === this.told) return;
    this.told = told;
    this.tell("viewer:state", { ...state, renderer: pane.renderer.name });
    this.options.onZoom?.(zoom);
    this.options.onWindow?.(window);
    this.showBar();
  }

  /** @param {Pane} pane @param {Record<string, unknown>} detail */
  measured(pane, detail) {
    this.tell("viewer:measure", { image: pane.item?.image.id, ...detail });
    this.say(String(detail.text));
  }

  /** @param {Pane} pane @param {Point | null} point */
  pointed(pane, point) {
    const label = (point && placeAt(pane.places, point)?.label) ?? null;
    if (label === this.pointedAt) return;
    this.pointedAt = label;
    this.tell("viewer:finding", { label });
  }

  showBar() {
    const { active, evidence, synced, priorShown } = this;
    const { inverted, tool, ratio, camera, preset } = active;
    const tools = { magnifier: tool === "magnifier", length: tool === "length", ctr: ratio.length > 0, tags: this.tags?.element.hidden === false };
    const pressed = { invert: inverted, flipH: isMirrored(camera.turn), prior: priorShown, sync: synced, ...tools };
    const { kind, opacity } = evidence.overlay;
    this.bar.show(pressed, { prior: this.prior.items.length > 0, preset, opacity: kind === "heatmap" ? opacity : null });
  }

  /** @param {string} name @param {unknown} detail */
  tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {string} text */
  say(text) {
    if (this.options.announce) this.options.announce(text);
    else this.speaker.textContent = text;
  }

  destroy() {
    for (const { controller, pane } of [this.main, this.prior]) {
      controller.abort();
      pane.destroy();
    }
    this.element.remove();
  }
}

/** The viewer brings its own style sheet, once. */
function dress() {
  const sheet = new URL("viewer.css", import.meta.url).pathname;
  if (!document.querySelector(`link[href="${sheet}"]`)) document.head.append(h("link", { rel: "stylesheet", href: sheet }));
}
