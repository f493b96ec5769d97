// The mouse as at every reading station, and two fingers where there is no mouse.
import { dragged } from "./windowing.js";
/** @import { Pane } from "./pane.js" */
/** @import { Drag, Point } from "./types" */

/** CSS pixels of a drag that zoom by e. */
const ZOOM_PX = 200;
/** Zoom a unit of ctrl-wheel: a wheel's notch is some 100 of them, what a trackpad reports for a pinch less than 40. */
const [NOTCH, PINCH, LARGEST_PINCH] = [0.002, 0.01, 40];
/** Wheel units an image: a trackpad sends many small ones. */
const STEP = 60;
/** CSS pixels: less is a click. */
const CLICK_PX = 4;

/** @param {MouseEvent} event @returns {Point} CSS pixels from the pane's corner */
const place = ({ offsetX, offsetY }) => [offsetX, offsetY];
/** @param {Point} one @param {Point} other @returns {Point} */
const less = ([x, y], other) => [x - other[0], y - other[1]];

/** @param {Pane} pane */
export function installPointer(pane) {
  const { canvas, owner } = pane;
  const hand = new Hand(pane);
  const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ act) => canvas.addEventListener(name, act, { passive: false });
  on("pointerdown", (event) => pane.film && hand.down(event));
  on("pointermove", (event) => pane.film && hand.move(event));
  on("pointerup", (event) => hand.up(event));
  on("pointercancel", (event) => hand.up(event));
  on("pointerleave", () => owner.pointed(pane, null));
  on("contextmenu", (event) => event.preventDefault());
  on("mousedown", (event) => event.button === 1 && event.preventDefault()); // the browser's own scrolling
  on("wheel", wheel(pane));
}

class Hand {
  /** @param {Pane} pane */
  constructor(pane) {
    this.pane = pane;
    /** @type {Map<number, Point>} */
    this.fingers = new Map();
    /** @type {Drag | null} */
    this.drag = null;
  }

  /** @param {PointerEvent} event */
  down(event) {
    const { pane, fingers } = this;
    pane.canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      pane.ruler.open = null;
      this.drag = pinch(pane, fingers);
    } else this.drag = dragOf(pane, event, at);
    this.tool(at);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { pane, fingers, drag } = this;
    const at = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (drag) drag.move(at);
    else pane.owner.pointed(pane, pane.onFilm(at));
    this.tool(at);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.delete(event.pointerId);
    if (event.type === "pointerup") this.drag?.end?.(place(event));
    this.drag = null;
    this.pane.request();
  }

  /** A lens or a crosshair follows the pointer. @param {Point} at */
  tool(at) {
    const { pane } = this;
    if (pane.tool === "window" || this.fingers.size > 1) return;
    pane.at = at;
    pane.ruler.move(pane.onFilm(at));
    pane.request(true);
  }
}

/** @param {Pane} pane @param {PointerEvent} event @param {Point} start @returns {Drag} */
function dragOf(pane, event, start) {
  if (event.button === 2) return steps(start, ([, y]) => pane.zoomBy(Math.exp(-y / ZOOM_PX), start, true));
  if (event.button === 1 || event.shiftKey) return steps(start, (by) => pane.pan(by, true)); // shift, without a middle button
  return pane.tool === "length" ? lengthDrag(pane, start) : windowDrag(pane, start);
}

/** @param {Point} start @param {(by: Point) => void} act @returns {Drag} */
function steps(start, act) {
  let last = start;
  return {
    move: (at) => {
      act(less(at, last));
      last = at;
    },
  };
}

/** @param {Pane} pane @param {Point} start @returns {Drag} */
function windowDrag(pane, start) {
  const { window: before, film } = pane;
  const range = film?.range ?? 1;
  return { move: (at) => pane.look({ window: dragged(before, ...less(at, start), range) }, true) };
}

/** A line is dragged, or its two ends are clicked. @param {Pane} pane @param {Point} start @returns {Drag} */
function lengthDrag(pane, start) {
  const second = pane.ruler.open;
  pane.ruler.set(pane.onFilm(start));
  return {
    move: () => {},
    end: (at) => {
      if (!second && Math.hypot(...less(at, start)) > CLICK_PX) pane.ruler.end(pane.onFilm(at));
    },
  };
}

/** Two fingers: apart is nearer, together they push. @param {Pane} pane @param {Map<number, Point>} fingers @returns {Drag} */
function pinch(pane, fingers) {
  const now = () => {
    const [one, other] = [...fingers.values()];
    const half = less(other, one);
    return { middle: /** @type {Point} */ ([one[0] + half[0] / 2, one[1] + half[1] / 2]), apart: Math.hypot(...half) || 1 };
  };
  let last = now();
  return {
    move: () => {
      const next = now();
      pane.pan(less(next.middle, last.middle), true);
      pane.zoomBy(next.apart / last.apart, next.middle, true);
      last = next;
    },
  };
}

/** @param {Pane} pane @returns {(event: WheelEvent) => void} */
function wheel(pane) {
  let gathered = 0;
  return (event) => {
    const { deltaY } = event;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      pane.zoomBy(Math.exp(-deltaY * (Math.abs(deltaY) < LARGEST_PINCH ? PINCH : NOTCH)), place(event), true);
    } else if (pane.count > 1) {
      event.preventDefault();
      gathered = (gathered * deltaY < 0 ? 0 : gathered) + deltaY;
      if (Math.abs(gathered) < STEP) return;
      pane.owner.step(pane, Math.sign(gathered));
      gathered = 0;
    }
  };
}
