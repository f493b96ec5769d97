// A film in memory: 16-bit gray values, and the same at half, a quarter, ... of its size for looking at it from afar.
/** @import { FilmFacts, Level, Point, Window } from "./types" */

/** Samples a side, as the service's own percentiles take. */
const GRID = 256;

export class Film {
  /** @param {Uint16Array} pixels row by row @param {number} width @param {number} height @param {FilmFacts} facts */
  constructor(pixels, width, height, facts) {
    this.facts = facts;
    /** @type {Level[]} */
    this.levels = [{ pixels, width, height, across: facts.columns / width, down: facts.rows / height }];
    /** @type {Uint16Array | null} */
    this.sorted = null;
  }

  get aspect() {
    const { spacing } = this.facts;
    return spacing ? spacing[0] / spacing[1] : 1;
  }

  /** Modality units. */
  get range() {
    return this.percentile(100) - this.percentile(0) || 1;
  }

  /** @param {number} percent 0 to 100 @returns {number} modality units */
  percentile(percent) {
    this.sorted ??= sample(this.levels[0]).sort();
    return this.sorted[Math.round((percent / 100) * (this.sorted.length - 1))] * this.facts.slope + this.facts.intercept;
  }

  /** The smallest level that has a pixel for every pixel of the screen. @param {number} pitch film pixels a device pixel @returns {Level} */
  level(pitch) {
    for (let place = 0; ; place += 1) {
      const level = (this.levels[place] ??= halved(this.levels[place - 1]));
      if (level.across * 2 > pitch || Math.min(level.width, level.height) < 2) return level;
    }
  }
}

/** @param {Level} level */
function sample({ pixels, width, height }) {
  const [across, down] = [Math.ceil(width / GRID), Math.ceil(height / GRID)];
  const taken = new Uint16Array(Math.ceil(width / across) * Math.ceil(height / down));
  let place = 0;
  for (let y = 0; y < height; y += down) for (let x = 0; x < width; x += across) taken[place++] = pixels[y * width + x];
  return taken;
}

/** Means of two by two; an odd last row or column stands for two. @param {Level} level @returns {Level} */
function halved({ pixels, width, height, across, down }) {
  const [half, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const made = new Uint16Array(half * rows);
  for (let y = 0; y < rows; y += 1) {
    const upper = 2 * y * width;
    const lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < half; x += 1) {
      const left = 2 * x;
      const right = left + 1 < width ? left + 1 : left;
      made[y * half + x] = (pixels[upper + left] + pixels[upper + right] + pixels[lower + left] + pixels[lower + right] + 2) >> 2;
    }
  }
  return { pixels: made, width: half, height: rows, across: across * 2, down: down * 2 };
}

/**
 * Read what GET /images/{id}/pixels answers: bright is dense. Raises Error where headers and bytes do not agree.
 * @param {ArrayBuffer} bytes little-endian, as the numbers of every machine with a browser @param {Headers} headers
 */
export function filmOf(bytes, headers) {
  const number = (/** @type {string} */ name) => Number(headers.get(name) ?? NaN);
  const pair = (/** @type {string} */ name) => headers.get(name)?.split("\\");
  const [rows, columns] = [number("X-Rows"), number("X-Columns")];
  if (bytes.byteLength !== rows * columns * 2) throw new Error(`${bytes.byteLength} bytes, ${rows} x ${columns}`);
  return new Film(new Uint16Array(bytes), columns, rows, {
    columns,
    rows,
    slope: number("X-Rescale-Slope"),
    intercept: number("X-Rescale-Intercept"),
    window: /** @type {Window} */ ({ center: number("X-Window-Center"), width: number("X-Window-Width"), shape: headers.get("X-Voi-Lut-Function") }),
    full: true,
    spacing: /** @type {Point | undefined} */ (pair("X-Pixel-Spacing")?.map(Number)) ?? null,
    orientation: /** @type {[string, string] | undefined} */ (pair("X-Patient-Orientation")) ?? null,
  });
}

/**
 * The 8-bit preview as a film: 0 to 1 in units of the window that the service has applied already.
 * @param {ImageBitmap} picture @param {{columns: number, rows: number, spacing_mm: Point | null}} image
 */
export function previewOf(picture, { columns, rows, spacing_mm }) {
  const { width, height } = picture;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint16Array(width * height);
  for (let place = 0; place < pixels.length; place += 1) pixels[place] = data[4 * place];
  const window = /** @type {Window} */ ({ center: 0.5, width: 1, shape: "LINEAR_EXACT" });
  return new Film(pixels, width, height, { columns, rows, slope: 1 / 255, intercept: 0, window, full: false, spacing: spacing_mm, orientation: null });
}
