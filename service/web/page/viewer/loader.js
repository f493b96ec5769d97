// Brings an image onto a pane: the preview at once, then the full depth in its place.
import { reason } from "../core/api.js";
/** @import { Pane } from "./pane.js" */
/** @import { Source } from "./source.js" */
/** @import { Item } from "./types" */

/** Waiting is named after a second, not before: most films are here by then. */
const PATIENCE_MS = 1000;

export class Loader {
  /** @param {Pane} pane @param {Source} source */
  constructor(pane, source) {
    this.pane = pane;
    this.source = source;
    this.controller = new AbortController();
    /** @type {Item[]} */
    this.items = [];
  }

  /** Show an image; done when its first picture is there, or nothing will come. @param {number} index */
  async show(index) {
    const { pane, items } = this;
    this.controller.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const start = performance.now();
    pane.begin(items[index], index, items.length);
    const saying = setTimeout(() => signal.aborted || pane.tell(pane.owner.words("loading")), PATIENCE_MS);
    const first = await this.preview(items[index], signal);
    if (first) performance.measure("viewer:first", { start, end: performance.now() });
    const full = this.full(index, signal).finally(() => {
      clearTimeout(saying);
      performance.measure("viewer:full", { start, end: performance.now() });
    });
    if (!first) await full;
  }

  /** @param {Item} item @param {AbortSignal} signal */
  async preview(item, signal) {
    if (this.source.films.kept.has(item.pixelsUrl)) return false;
    try {
      const film = await this.source.preview(item, signal);
      if (!signal.aborted) this.pane.take(film);
      return true;
    } catch {
      return false; // the full depth may still come; if it does not, its own failure is said
    }
  }

  /** @param {number} index @param {AbortSignal} signal */
  async full(index, signal) {
    if (signal.aborted) return;
    const { pane, source, items } = this;
    const { words } = pane.owner;
    try {
      const film = await source.film(items[index]);
      if (signal.aborted) return;
      pane.take(film);
      pane.tell("");
      if (items[index + 1]) source.film(items[index + 1]).catch(() => {}); // asked again, and told of, when it is shown
    } catch (error) {
      if (signal.aborted) return;
      const said = words(pane.film ? "preview.only" : "failed", { why: reason(error) });
      pane.tell(said, [words("retry"), () => void this.show(index)]);
      pane.owner.say(said);
    }
  }
}
