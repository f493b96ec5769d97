// What is drawn over the film: where findings lie, what was measured. Every line is light on dark, dashed on solid, and has
// its words beside it, so that nothing rests on colour.
import { toScreen } from "./geometry.js";
/** @import { Camera, Line, Marks, Place, Point, Stage } from "./types" */

const DARK = "#0b0d0f";
export const [PLACE, MEASURE] = ["#9ad4ff", "#ffdc73"];
const FONT = "600 15px system-ui, sans-serif";
/** CSS pixels: half a crossbar, half a crosshair, a line of words. */
const [END_PX, CURSOR_PX, WORDS_PX] = [8, 14, 22];

class Pen {
  /** @param {CanvasRenderingContext2D} context @param {Camera} camera @param {Stage} stage */
  constructor(context, camera, stage) {
    this.context = context;
    this.stage = stage;
    this.on = (/** @type {Point} */ point) => toScreen(camera, stage, point);
  }

  /** @param {Point[]} points CSS pixels @param {string} light @param {number[]} [dash] @param {number} [width] */
  stroke(points, light, dash = [], width = 2) {
    const { context } = this;
    context.beginPath();
    for (const point of points) context.lineTo(...point);
    if (points.length > 2) context.closePath();
    for (const [colour, thick, dashes] of /** @type {[string, number, number[]][]} */ ([[DARK, width + 3, []], [light, width, dash]])) {
      context.setLineDash(dashes);
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.stroke();
    }
  }

  /** Words on a dark ground, kept on the stage. @param {string} text @param {Point} at their lower left corner @param {string} light */
  say(text, [x, y], light) {
    const { context, stage } = this;
    context.font = FONT;
    const width = context.measureText(text).width + 10;
    const left = Math.max(0, Math.min(stage.width - width, x));
    const top = Math.max(0, Math.min(stage.height - WORDS_PX, y - WORDS_PX));
    context.fillStyle = `${DARK}cc`;
    context.fillRect(left, top, width, WORDS_PX);
    context.fillStyle = light;
    context.fillText(text, left + 5, top + 16);
  }

  /** @param {Place} place */
  place({ box: [x0, y0, x1, y1], text, strong }) {
    const corners = /** @type {Point[]} */ ([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]).map(this.on);
    this.stroke(corners, PLACE, strong ? [12, 4] : [4, 4], strong ? 3 : 1.5);
    this.say(text, [Math.min(...corners.map(([x]) => x)), Math.min(...corners.map(([, y]) => y)) - 4], PLACE);
  }

  /** A measured line with crossbars at its ends. @param {Line} line */
  line({ from, to, text }) {
    const [first, last] = [this.on(from), this.on(to)];
    const length = Math.hypot(last[0] - first[0], last[1] - first[1]) || 1;
    const [x, y] = [((last[1] - first[1]) / length) * END_PX, ((first[0] - last[0]) / length) * END_PX];
    this.stroke([first, last], MEASURE, [7, 4]);
    for (const end of [first, last]) this.stroke([[end[0] - x, end[1] - y], [end[0] + x, end[1] + y]], MEASURE);
    this.say(text, [last[0] + 10, last[1] - 6], MEASURE);
  }

  /** Over the film exactly, whatever its own size. @param {ImageBitmap} picture @param {number} opacity */
  heatmap(picture, opacity) {
    const { context, stage } = this;
    const origin = this.on([0, 0]);
    const edge = (/** @type {Point} */ end, /** @type {number} */ pixels) => this.on(end).map((place, axis) => (place - origin[axis]) / pixels);
    const [[a, b], [c, d]] = [edge([stage.columns, 0], picture.width), edge([0, stage.rows], picture.height)];
    context.save();
    context.transform(a, b, c, d, ...origin);
    context.globalAlpha = opacity;
    context.drawImage(picture, 0, 0);
    context.restore();
  }

  /** @param {Point} at */
  cursor([x, y]) {
    this.stroke([[x - CURSOR_PX, y], [x + CURSOR_PX, y]], MEASURE, [], 1);
    this.stroke([[x, y - CURSOR_PX], [x, y + CURSOR_PX]], MEASURE, [], 1);
  }

  /** @param {{at: Point, side: number}} lens */
  lens({ at: [x, y], side }) {
    const [left, top, right, bottom] = [x - side / 2, y - side / 2, x + side / 2, y + side / 2];
    this.context.clearRect(left, top, side, side); // what it shows is the film alone
    this.stroke([[left, top], [right, top], [right, bottom], [left, bottom]], PLACE);
  }
}

/** @param {CanvasRenderingContext2D} context scaled to CSS pixels @param {Camera} camera @param {Stage} stage @param {Marks} marks */
export function drawMarks(context, camera, stage, { heatmap, places, lines, cursor, lens }) {
  context.clearRect(0, 0, stage.width, stage.height);
  const pen = new Pen(context, camera, stage);
  if (heatmap) pen.heatmap(heatmap.picture, heatmap.opacity);
  for (const place of places) pen.place(place);
  for (const line of lines) pen.line(line);
  if (lens) pen.lens(lens);
  if (cursor) pen.cursor(cursor);
}

/** The smallest place that holds a point: the one meant where several overlap. @param {Place[]} places @param {Point} point film pixels */
export function placeAt(places, [x, y]) {
  const area = (/** @type {Place} */ { box }) => (box[2] - box[0]) * (box[3] - box[1]);
  const under = places.filter(({ box: [x0, y0, x1, y1] }) => x >= x0 && x <= x1 && y >= y0 && y <= y1);
  return under.sort((one, other) => area(one) - area(other))[0];
}
