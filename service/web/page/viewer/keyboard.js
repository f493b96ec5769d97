// Everything the mouse can do, on the keys. Letters that the page itself uses (A, H, R, arrows at rest) are left to it.
import { overflows } from "./geometry.js";
import { dragged } from "./windowing.js";
/** @import { Pane } from "./pane.js" */
/** @import { Point } from "./types" */

/** Each command's keys; the text of its name says what it does. @type {Record<string, string[]>} */
export const KEYS = {
  ...Object.fromEntries(["1", "2", "3", "4", "5", "6"].map((key) => [`preset:${key}`, [key]])),
  invert: ["i"],
  "gamma:+": ["g"],
  "gamma:-": ["G"],
  fit: ["f"],
  actual: ["0"],
  zoomIn: ["+", "="],
  zoomOut: ["-"],
  rotate: ["o"],
  "rotate:back": ["O"],
  flipH: ["x"],
  magnifier: ["m"],
  length: ["l"],
  undo: ["Backspace", "Delete"],
  ctr: ["c"],
  sync: ["y"],
  prior: ["p"],
  next: ["PageDown"],
  previous: ["PageUp"],
  tags: ["t"],
  reset: ["z"],
};
const COMMANDS = new Map(Object.entries(KEYS).flatMap(([command, keys]) => keys.map((key) => [key, command])));
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** CSS pixels an arrow's press; with shift the crosshair is so much faster. */
const [PAN_PX, WINDOW_PX, CURSOR_PX, FAST] = [60, 8, 2, 10];

/** @param {Pane} pane */
export function installKeyboard(pane) {
  pane.canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !pane.film) return;
    const way = ARROWS[event.key];
    if (!(way ? arrow(pane, way, event.shiftKey) : toolKey(pane, event.key) || command(pane, event.key))) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** @param {Pane} pane @param {string} key */
function command(pane, key) {
  const name = COMMANDS.get(key) ?? COMMANDS.get(key.toLowerCase());
  if (name) pane.owner.command(name, pane);
  return Boolean(name);
}

/** Enter sets a line's ends; Escape puts the tool away. @param {Pane} pane @param {string} key */
function toolKey(pane, key) {
  if (pane.tool === "window" || !pane.at) return false;
  if (key === "Escape") pane.owner.command(pane.tool, pane);
  else if (pane.tool === "length" && (key === "Enter" || key === " ")) pane.ruler.set(pane.onFilm(pane.at));
  else return false;
  return true;
}

/** Of a tool in use; else, with shift, of the window; else of a film that is larger than the stage. @param {Pane} pane @param {Point} way @param {boolean} shift */
function arrow(pane, way, shift) {
  const by = (/** @type {number} */ pixels) => /** @type {Point} */ (way.map((axis) => axis * pixels));
  if (pane.at) moveTool(pane, by(CURSOR_PX * (shift ? FAST : 1)));
  else if (shift) pane.look({ window: dragged(pane.window, ...by(WINDOW_PX), pane.film?.range ?? 1) });
  else if (overflows(pane.camera, pane.stage)[way[0] ? 0 : 1]) pane.pan(by(-PAN_PX));
  else return false;
  return true;
}

/** @param {Pane} pane @param {Point} by */
function moveTool(pane, by) {
  const { stage } = pane;
  const most = [stage.width, stage.height];
  pane.at = /** @type {Point} */ (pane.at?.map((place, axis) => Math.min(most[axis], Math.max(0, place + by[axis]))));
  pane.ruler.move(pane.onFilm(pane.at));
  pane.request();
}
