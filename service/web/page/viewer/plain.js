// Draws films without a graphics processor: a table from gray value to brightness, and only the pixels that are on the screen.
/** @import { Film } from "./film.js" */
/** @import { Look, Part, Point, Sampling } from "./types" */

/** A frame that took longer is drawn at half its size while the hand moves, and in full when it rests. */
const SLOW_MS = 20;
const BLACK = 0xff000000;

export class PlainRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.scratch = new OffscreenCanvas(1, 1);
    this.table = new Uint8ClampedArray(65536);
    this.known = "";
    this.coarse = false;
    this.cost = 0;
    this.name = "2D canvas";
  }

  start() {}

  destroy() {}

  /** @param {Film} film @param {Look} look @param {Part[]} parts @param {boolean} moving */
  draw(film, look, parts, moving) {
    for (const { sampling } of parts) film.level(Math.hypot(...sampling.across)); // made once: no part of what a frame costs
    const began = performance.now();
    this.fill(look);
    this.coarse = moving && this.cost > SLOW_MS;
    for (const part of parts) this.part(film, part, this.coarse ? 2 : 1);
    if (!this.coarse) this.cost = performance.now() - began;
  }

  /** @param {Look} look */
  fill(look) {
    const { low, high, inverted, gamma, sigmoid } = look;
    const wanted = JSON.stringify(look);
    if (wanted === this.known) return;
    this.known = wanted;
    for (let value = 0; value < this.table.length; value += 1) {
      const linear = (value - low) / (high - low);
      let shown = sigmoid ? 1 / (1 + Math.exp(-4 * (linear - 0.5))) : Math.min(1, Math.max(0, linear));
      if (inverted) shown = 1 - shown;
      this.table[value] = 255 * (gamma === 1 ? shown : shown ** (1 / gamma));
    }
  }

  /** @param {Film} film @param {Part} part @param {number} step device pixels a drawn pixel */
  part(film, { x, y, width, height, sampling }, step) {
    const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
    if (this.scratch.width !== columns || this.scratch.height !== rows) this.scratch = new OffscreenCanvas(columns, rows);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.scratch.getContext("2d"));
    const picture = context.createImageData(columns, rows);
    const level = film.level(Math.hypot(...sampling.across) * step);
    const scaled = (/** @type {Point} */ [column, row], by = 1) => /** @type {Point} */ ([(column * by) / level.across, (row * by) / level.down]);
    const part = { origin: scaled(at(sampling, x, y)), across: scaled(sampling.across, step), down: scaled(sampling.down, step) };
    sampled(level, part, this.table, new Uint32Array(picture.data.buffer), columns, rows);
    context.putImageData(picture, 0, 0);
    this.context.drawImage(this.scratch, x, y, columns * step, rows * step);
  }
}

/** @param {Sampling} sampling @param {number} x @param {number} y @returns {Point} */
const at = ({ origin, across, down }, x, y) => [origin[0] + across[0] * x + down[0] * y, origin[1] + across[1] * x + down[1] * y];

/**
 * Weigh the four nearest values of every pixel, then look the brightness up. |0 is the fast way to floor what is positive;
 * of what lies half a pixel before the first row or column it makes 0: these reach to the film's edge.
 * @param {import("./types").Level} level @param {Sampling} sampling in its pixels @param {Uint8ClampedArray} table
 * @param {Uint32Array} into @param {number} columns @param {number} rows
 */
function sampled({ pixels, width, height }, sampling, table, into, columns, rows) {
  const [stepX, stepY] = sampling.across;
  for (let row = 0, place = 0; row < rows; row += 1) {
    let [x, y] = at(sampling, 0.5, row + 0.5);
    for (let column = 0; column < columns; column += 1, x += stepX, y += stepY, place += 1) {
      if (x < 0 || y < 0 || x >= width || y >= height) {
        into[place] = BLACK;
        continue;
      }
      const left = (x - 0.5) | 0;
      const right = x + 0.5 < width ? (x + 0.5) | 0 : left;
      const line = (y - 0.5) | 0;
      const above = line * width;
      const below = y + 0.5 < height ? ((y + 0.5) | 0) * width : above;
      const share = x - 0.5 - left;
      const upper = pixels[above + left] + (pixels[above + right] - pixels[above + left]) * share;
      const lower = pixels[below + left] + (pixels[below + right] - pixels[below + left]) * share;
      into[place] = BLACK | (table[(upper + (lower - upper) * (y - 0.5 - line) + 0.5) | 0] * 0x010101);
    }
  }
}
