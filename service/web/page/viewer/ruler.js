// A length on the film: pressed and dragged, clicked twice, or set with the keys.
/** @import { Pane } from "./pane.js" */
/** @import { Point } from "./types" */

/**
 * @param {Point} from film pixels @param {Point} to @param {Point | null | undefined} spacing millimetres between rows, between columns
 * @returns {{mm: number | null, px: number}}
 */
export function lengthOf(from, to, spacing) {
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  return { px: Math.hypot(across, down), mm: spacing ? Math.hypot(across * spacing[1], down * spacing[0]) : null };
}

export class Ruler {
  /** @param {Pane} pane */
  constructor(pane) {
    this.pane = pane;
    /** @type {{from: Point, to: Point} | null} */
    this.open = null;
  }

  get lines() {
    return this.open ? [{ ...this.open, text: this.text(this.open.from, this.open.to) }] : [];
  }

  /** @param {Point} from @param {Point} to */
  text(from, to) {
    const { words, lang } = this.pane.owner;
    const { mm, px } = lengthOf(from, to, this.pane.film?.facts.spacing);
    if (mm === null) return words("pixels", { n: Math.round(px).toLocaleString(lang) });
    return `${mm.toLocaleString(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}\u00a0mm`;
  }

  /** Begin, or end what was begun. @param {Point} point film pixels */
  set(point) {
    if (this.open) this.end(point);
    else this.open = { from: point, to: point };
    this.pane.request();
  }

  /** @param {Point} point */
  move(point) {
    if (this.open) this.open.to = point;
  }

  /** @param {Point} to */
  end(to) {
    const { pane, open } = this;
    if (!open) return;
    const text = this.text(open.from, to);
    pane.lines = [...pane.lines, { from: open.from, to, text }];
    this.open = null;
    pane.owner.measured(pane, { kind: "length", ...lengthOf(open.from, to, pane.film?.facts.spacing), from: open.from, to, text });
  }

  /** Give the line up that is begun, else the last one. */
  undo() {
    if (!this.open) this.pane.lines = this.pane.lines.slice(0, -1);
    this.open = null;
    this.pane.request();
  }
}
