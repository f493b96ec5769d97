// One film on the screen: its canvases, how it is looked at, and when it is drawn.
import { button, fill, h } from "../core/dom.js";
import { rendererOn } from "./driver.js";
import { alike, around, panned, sampling, toFilm, whole, zoomedAt } from "./geometry.js";
import { Legend, viewOf } from "./legend.js";
import { drawMarks } from "./marks.js";
import { Ruler } from "./ruler.js";
import { carried, presetOf, PRESETS, span } from "./windowing.js";
/** @import { Film } from "./film.js" */
/** @import { Heatmap, Item, Line, Look, Owner, Part, Place, Point, Tool, Turn, Window } from "./types" */

/** CSS pixels; how much nearer than the film. */
const [LENS_PX, LENS_POWER] = [260, 2.5];
const REST_MS = 150;
/** A browser keeps measures until they are cleared; a reader stays for hours. */
const MEASURES = 1000;
/** @type {Window} */
const NO_WINDOW = { center: 0.5, width: 1, shape: "LINEAR_EXACT" };

export class Pane {
  /** @param {Owner} owner @param {boolean} prior */
  constructor(owner, prior) {
    this.owner = owner;
    this.canvas = h("canvas", { class: "viewer-film", tabindex: 0, role: "application", "aria-label": owner.words("empty") });
    this.over = h("canvas", { class: "viewer-marks", "aria-hidden": "true" });
    /** A line about what is or is not drawn on the film; what keeps it from being shown. */
    this.hint = h("p", { class: "viewer-hint" });
    this.note = h("div", { class: "viewer-note", hidden: true });
    this.legend = new Legend(owner.words, owner.lang, prior);
    this.element = h("div", { class: "viewer-pane" }, this.canvas, this.over, ...this.legend.elements, this.hint, this.note);
    this.renderer = rendererOn(this.canvas);
    this.ruler = new Ruler(this);
    /** @type {Item | null} */
    this.item = null;
    this.index = 0;
    this.count = 0;
    /** @type {Film | null} */
    this.film = null;
    this.window = NO_WINDOW;
    /** 1 to 6; 0 is the reader's own window. */
    this.preset = 1;
    this.inverted = false;
    this.gamma = 1;
    /** Whether the whole film is shown, whatever becomes of the stage. */
    this.fitted = true;
    this.camera = whole(this.stage);
    /** @type {Tool} */
    this.tool = "window";
    /** @type {Point | null} where the tool is, CSS pixels */
    this.at = null;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Map<string, Line[]>} lines of the images that were shown before */
    this.measured = new Map();
    /** @type {Line[]} */
    this.ratio = [];
    /** @type {Place[]} */
    this.places = [];
    /** @type {Heatmap | null} */
    this.heatmap = null;
    this.pending = 0;
    this.settling = 0;
    this.frames = 0;
    this.moving = false;
    this.sized = new ResizeObserver(() => this.resized());
    this.sized.observe(this.element);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault()); // else it is never given back
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.start();
      this.request();
    });
  }

  get stage() {
    const { columns, rows } = this.film?.facts ?? { columns: 1, rows: 1 };
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1, columns, rows, aspect: this.film?.aspect ?? 1 };
  }

  /** Device pixels a film pixel: 1 is actual size. */
  get zoom() {
    return this.camera.zoom * devicePixelRatio;
  }

  /** Empty the pane for another image. @param {Item} item @param {number} index @param {number} count */
  begin(item, index, count) {
    if (this.item) this.measured.set(this.item.image.id, this.lines);
    this.ruler.open = null;
    const lines = this.measured.get(item.image.id) ?? [];
    Object.assign(this, { item, index, count, lines, film: null, ratio: [], places: [], heatmap: null });
    this.forget();
    this.hint.textContent = "";
    this.tell("");
    const { words } = this.owner;
    const parts = [item.title, words("count", { n: index + 1, count }), viewOf(this), words("help")];
    this.canvas.setAttribute("aria-label", parts.filter(Boolean).join(". "));
  }

  /** Look as if nobody had touched anything. */
  forget() {
    const window = this.film?.facts.window ?? NO_WINDOW;
    Object.assign(this, { window, preset: 1, inverted: false, gamma: 1, fitted: true, camera: whole(this.stage) });
    this.request();
  }

  /** Show a film; a better one of the same image takes over without a jump. @param {Film} film */
  take(film) {
    const before = this.film;
    this.film = film;
    if (before) this.window = this.adopted(this.window, before);
    else this.forget();
    this.resized();
  }

  /** What a window of another film is on this one. @param {Window} window @param {Film} from */
  adopted(window, from) {
    const { film, preset } = this;
    if (!film) return window;
    return preset ? presetOf(PRESETS[preset - 1], film) : carried(window, from.facts.window, film.facts.window);
  }

  /** Say something over the film. @param {string} text nothing: take it away @param {[string, () => void]} [action] */
  tell(text, action) {
    this.note.hidden = !text;
    fill(this.note, h("p", {}, text), action && button(...action));
  }

  resized() {
    if (this.fitted) this.camera = whole(this.stage, this.camera.turn);
    this.request();
  }

  /** @param {Partial<Pick<Pane, "camera" | "window" | "preset" | "inverted" | "gamma" | "fitted">>} looked @param {boolean} [moving] whether more follows at once */
  look(looked, moving = false) {
    if (looked.camera) this.fitted = false;
    if (looked.window) this.preset = 0;
    Object.assign(this, looked);
    this.request(moving);
    this.owner.changed(this);
  }

  /** Look as another pane does. @param {Pane} other */
  follow(other) {
    if (!this.film || !other.film) return;
    const { inverted, gamma, fitted, preset } = other;
    const camera = alike(other.camera, other.stage, this.stage, this.camera.turn);
    Object.assign(this, { inverted, gamma, fitted, preset, camera });
    this.window = this.adopted(other.window, other.film);
    this.request(other.moving);
  }

  /** Draw at the next frame, however often it is asked. @param {boolean} [moving] */
  request(moving = false) {
    this.moving = moving;
    this.pending ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.pending = 0;
    const start = performance.now();
    const { stage, film, over } = this;
    const ratio = devicePixelRatio;
    for (const canvas of [this.canvas, over]) fit(canvas, Math.round(stage.width * ratio), Math.round(stage.height * ratio));
    this.canvas.classList.toggle("empty", !film);
    if (film) this.renderer.draw(film, this.shades(film), this.parts(ratio), this.moving);
    const context = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMarks(context, this.camera, stage, this.marks);
    this.legend.show(this);
    clearTimeout(this.settling);
    if (this.renderer.coarse) this.settling = window.setTimeout(() => this.request(), REST_MS);
    performance.measure("viewer:frame", { start, end: performance.now() });
    if ((this.frames += 1) % MEASURES === 0) performance.clearMeasures("viewer:frame");
    this.owner.drawn(this);
  }

  /** @param {Film} film @returns {Look} */
  shades({ facts: { slope, intercept } }) {
    const [low, high] = span(this.window).map((value) => (value - intercept) / slope);
    return { low, high, inverted: this.inverted, gamma: this.gamma, sigmoid: this.window.shape === "SIGMOID" };
  }

  /** The whole stage, and the lens over it. @param {number} ratio device pixels a CSS pixel @returns {Part[]} */
  parts(ratio) {
    const { camera, stage, lens, canvas } = this;
    const all = { x: 0, y: 0, width: canvas.width, height: canvas.height, sampling: sampling(camera, stage, ratio) };
    if (!lens) return [all];
    const nearer = around(camera, stage, lens.at, Math.max(camera.zoom * LENS_POWER, 1 / ratio));
    const side = Math.round(lens.side * ratio);
    const [x, y] = lens.at.map((place) => Math.round(place * ratio - side / 2));
    return [all, { x, y, width: side, height: side, sampling: sampling(nearer, stage, ratio) }];
  }

  get lens() {
    return this.tool === "magnifier" && this.at ? { at: this.at, side: Math.min(LENS_PX, this.stage.width / 2) } : null;
  }

  get marks() {
    const { film, heatmap, places, lens } = this;
    const cursor = this.tool === "length" ? this.at : null;
    if (!film) return { heatmap: null, places: [], lines: [], cursor, lens: null };
    return { heatmap, places, lines: [...this.lines, ...this.ratio, ...this.ruler.lines], cursor, lens };
  }

  /** @param {Point} at CSS pixels */
  onFilm(at) {
    return toFilm(this.camera, this.stage, at);
  }

  /** @param {number} factor @param {Point} [at] CSS pixels; the middle when left out @param {boolean} [moving] */
  zoomBy(factor, at = [this.stage.width / 2, this.stage.height / 2], moving = false) {
    this.look({ camera: zoomedAt(this.camera, this.stage, at, this.camera.zoom * factor) }, moving);
  }

  /** @param {Point} by CSS pixels @param {boolean} [moving] */
  pan(by, moving = false) {
    this.look({ camera: panned(this.camera, this.stage, by) }, moving);
  }

  /** @param {Turn} turn */
  turn(turn) {
    const { fitted, stage } = this;
    this.look({ camera: fitted ? whole(stage, turn) : { ...this.camera, turn }, fitted });
  }

  /** @param {Tool} tool a second time: put it away */
  use(tool) {
    this.ruler.open = null;
    this.tool = this.tool === tool ? "window" : tool;
    const { width, height } = this.stage;
    this.at = this.tool === "window" ? null : (this.at ?? [width / 2, height / 2]);
    this.element.classList.toggle("crosshair", this.tool === "length");
    this.request();
  }

  destroy() {
    cancelAnimationFrame(this.pending);
    clearTimeout(this.settling);
    this.sized.disconnect();
    this.renderer.destroy();
  }
}

/** A canvas that is given its size, even the same, is emptied. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function fit(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
