// Where a point of the film lies on the stage (the part of the screen that shows it), and back.
/** @import { Camera, Edges, Point, Sampling, Stage, Turn } from "./types" */

/** @type {Turn} */
export const UPRIGHT = [1, 0, 0, 1];
/** CSS pixels a film pixel, and share of the whole film's zoom. */
const [MOST_ZOOM, LEAST_ZOOM] = [32, 0.25];
const OPPOSITE = new Map(["LR", "RL", "AP", "PA", "HF", "FH"].map(([one, other]) => [one, other]));

/** @param {Turn} turn @param {Point} vector @returns {Point} */
const turned = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];
/** A turn's inverse is its transpose. @param {Turn} turn @param {Point} vector */
const unturned = ([a, b, c, d], vector) => turned([a, c, b, d], vector);
/** Clockwise on the screen. @param {Turn} turn @returns {Turn} */
export const rotated = ([a, b, c, d]) => [-c || 0, -d || 0, a, b];
/** Left and right of the screen exchanged. @param {Turn} turn @returns {Turn} */
export const mirrored = ([a, b, c, d]) => [-a || 0, -b || 0, c, d];
/** @param {Turn} turn */
export const isMirrored = ([a, b, c, d]) => a * d - b * c < 0;
/** Degrees clockwise, of a mirrored film before it was mirrored. @param {Turn} turn */
export function degrees(turn) {
  const [a, , c] = isMirrored(turn) ? mirrored(turn) : turn;
  return a ? 90 - 90 * a : 180 - 90 * c;
}

/** @param {Camera} camera @param {Stage} stage @param {Point} point film pixels @returns {Point} CSS pixels from the stage's corner */
export function toScreen({ x, y, zoom, turn }, stage, [column, row]) {
  const [across, down] = turned(turn, [column - x, (row - y) * stage.aspect]);
  return [stage.width / 2 + zoom * across, stage.height / 2 + zoom * down];
}

/** @param {Camera} camera @param {Stage} stage @param {Point} at CSS pixels @returns {Point} film pixels */
export function toFilm({ x, y, zoom, turn }, stage, at) {
  const [right, below] = unturned(turn, [(at[0] - stage.width / 2) / zoom, (at[1] - stage.height / 2) / zoom]);
  return [x + right, y + below / stage.aspect];
}

/** Width and height at zoom 1. @param {Stage} stage @param {Turn} turn */
const sizeOf = ({ columns, rows, aspect }, turn) => turned(turn, [columns, rows * aspect]).map(Math.abs);
/** @param {Stage} stage @param {Turn} turn */
function wholeZoom(stage, turn) {
  const [width, height] = sizeOf(stage, turn);
  return Math.min(stage.width / width, stage.height / height);
}

/** The whole film. @param {Stage} stage @param {Turn} [turn] @returns {Camera} */
export const whole = (stage, turn = UPRIGHT) => ({ x: stage.columns / 2, y: stage.rows / 2, zoom: wholeZoom(stage, turn), turn });

/** Another zoom, the film's point under the given one staying there. @param {Camera} camera @param {Stage} stage @param {Point} at CSS pixels @param {number} zoom */
export function around(camera, stage, at, zoom) {
  const [x, y] = toFilm(camera, stage, at);
  const [right, below] = toFilm({ ...camera, zoom }, stage, at);
  return { ...camera, zoom, x: camera.x + x - right, y: camera.y + y - below };
}

/** The same within what is useful. @param {Camera} camera @param {Stage} stage @param {Point} at @param {number} zoom */
export function zoomedAt(camera, stage, at, zoom) {
  const least = Math.min(camera.zoom, wholeZoom(stage, camera.turn) * LEAST_ZOOM);
  return panned(around(camera, stage, at, Math.min(MOST_ZOOM, Math.max(least, zoom))), stage, [0, 0]);
}

/** Move the film; its edge may come to the middle of the stage, no further. @param {Camera} camera @param {Stage} stage @param {Point} by CSS pixels @returns {Camera} */
export function panned(camera, stage, by) {
  const [right, below] = unturned(camera.turn, by);
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(most, Math.max(0, value));
  const y = camera.y - below / camera.zoom / stage.aspect;
  return { ...camera, x: within(camera.x - right / camera.zoom, stage.columns), y: within(y, stage.rows) };
}

/** The same view of another film: the same share of it, as much larger than the whole. @param {Camera} camera @param {Stage} from @param {Stage} to @param {Turn} turn @returns {Camera} */
export function alike(camera, from, to, turn) {
  const zoom = (camera.zoom / wholeZoom(from, camera.turn)) * wholeZoom(to, turn);
  return { x: (camera.x / from.columns) * to.columns, y: (camera.y / from.rows) * to.rows, zoom, turn };
}

/** Whether the film reaches beyond the stage: across, down. @param {Camera} camera @param {Stage} stage */
export function overflows({ turn, zoom }, stage) {
  const [width, height] = sizeOf(stage, turn);
  return [width * zoom > stage.width + 1, height * zoom > stage.height + 1];
}

/** @param {Turn} turn @param {[string, string]} orientation Patient Orientation (0020,0020) @returns {Edges} */
export function edges(turn, orientation) {
  const letter = (/** @type {Point} */ direction) => {
    const [across, down] = unturned(turn, direction);
    const towards = orientation[across ? 0 : 1].charAt(0);
    return across + down > 0 ? towards : (OPPOSITE.get(towards) ?? "");
  };
  return { left: letter([-1, 0]), right: letter([1, 0]), top: letter([0, -1]), bottom: letter([0, 1]) };
}

/** @param {Camera} camera @param {Stage} stage @param {number} ratio device pixels a CSS pixel @returns {Sampling} */
export function sampling(camera, stage, ratio) {
  const origin = toFilm(camera, stage, [0, 0]);
  const step = (/** @type {Point} */ at) => /** @type {Point} */ (toFilm(camera, stage, at).map((value, axis) => value - origin[axis]));
  return { origin, across: step([1 / ratio, 0]), down: step([0, 1 / ratio]) };
}
