// A film to try the service with: drawn here, of nobody, and named so.

const SIDE = 1024;

/** 1 inside an ellipse, 0 outside, with a soft edge. */
const ellipse = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number[]} */ [cx = 0, cy = 0, rx = 1, ry = 1, soft = 0.05]) =>
  Math.min(1, Math.max(0, (1 - Math.hypot((x - cx) / rx, (y - cy) / ry)) / soft + 0.5));
const band = (/** @type {number} */ distance, /** @type {number} */ width) => Math.exp(-((distance / width) ** 2));

/** The film's brightness, 0 to 1, at a place of the unit square: torso, lungs, ribs, spine, heart. @param {number} x @param {number} y */
function brightness(x, y) {
  const paint = (/** @type {number} */ under, /** @type {number} */ mask, /** @type {number} */ value) => under * (1 - mask) + value * mask;
  let value = paint(0.02, ellipse(x, y, [0.5, 0.62, 0.47, 0.62, 0.02]), 0.62);
  for (const centre of [0.3, 0.7]) value = paint(value, ellipse(x, y, [centre, 0.45, 0.18, 0.33, 0.03]), 0.22);
  let ribs = 0;
  for (let rib = 0; rib < 8; rib += 1) ribs += band(y - 0.35 * (x - 0.5) ** 2 - 0.12 - 0.085 * rib, 0.012);
  value += 0.18 * (ribs * ellipse(x, y, [0.5, 0.47, 0.4, 0.4, 0.1]) + band(x - 0.5, 0.035));
  return paint(value, ellipse(x, y, [0.54, 0.63, 0.17, 0.16, 0.05]), 0.8);
}

/** @returns {Promise<File>} */
export async function sampleFilm() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(SIDE, SIDE);
  for (let place = 0; place < SIDE * SIDE; place += 1) {
    const grain = 0.02 * (((place * 2654435761) >>> 0) / 2 ** 32 - 0.5);
    const gray = 255 * (brightness((place % SIDE) / SIDE, Math.floor(place / SIDE) / SIDE) + grain);
    image.data.set([gray, gray, gray, 255], place * 4);
  }
  context.putImageData(image, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return new File([/** @type {Blob} */ (blob)], "synthetic-sample.png", { type: "image/png" });
}
