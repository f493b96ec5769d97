// Which gray values are shown, from black to white (DICOM PS3.3 C.11.2.1.2).
/** @import { Film } from "./film.js" */
/** @import { Point, Shape, Window } from "./types" */

/**
 * Ours, as percentiles of the film: radiographs have no units of attenuation, so that no fixed window fits two machines.
 * Air and lung lie in the lower half of a film, heart and spine in the upper, bone at its end.
 * @type {Record<string, Point>}
 */
const PERCENTILES = { lung: [0.5, 70], bone: [50, 99.9], mediastinum: [30, 99.5], wide: [0, 100] };
/** In the order of the keys 1 to 6. */
export const PRESETS = ["file", "lung", "bone", "mediastinum", "wide", "inverse"];

/** CSS pixels of mouse that change the window by its own width. */
const DRAG_PX = 300;
/** Shares of the film's range. */
const [NARROWEST, WIDEST] = [1e-3, 8];

/** What is black, what is white. LINEAR spans width - 1 about center - 0.5, for widths above 1 only. @param {Window} window @returns {Point} */
export function span({ center, width, shape }) {
  const less = shape === "LINEAR" && width > 1 ? 1 : 0;
  return [center - less / 2 - (width - less) / 2, center - less / 2 + (width - less) / 2];
}

/** @param {Point} span @param {Shape} shape @returns {Window} */
function spanning([low, high], shape) {
  const more = shape === "LINEAR" && high > low ? 1 : 0;
  return { center: (low + high + more) / 2, width: high - low + more || 1, shape };
}

/**
 * What a drag makes of a window: right is wider, down is darker, by shares of the window it began with.
 * @param {Window} start @param {number} dx CSS pixels @param {number} dy @param {number} range of the film, modality units @returns {Window}
 */
export function dragged(start, dx, dy, range) {
  const step = start.width / DRAG_PX;
  const width = Math.min(Math.max(start.width + dx * step, range * NARROWEST), range * WIDEST);
  return { ...start, width, center: start.center + dy * step };
}

/** The same window against another default: the same share of it. @param {Window} window @param {Window} from @param {Window} to */
export function carried(window, from, to) {
  const [low, high] = span(from);
  const [first, last] = span(to);
  const place = (/** @type {number} */ value) => first + ((value - low) / (high - low)) * (last - first);
  return spanning(/** @type {Point} */ (span(window).map(place)), to.shape);
}

/** @param {string} name one of PRESETS @param {Film} film @returns {Window} */
export function presetOf(name, film) {
  const { window } = film.facts;
  if (!(name in PERCENTILES)) return window;
  return spanning(/** @type {Point} */ (PERCENTILES[name].map((percent) => film.percentile(percent))), window.shape);
}

/** As many digits as one can see. @param {number} value @param {number} width @param {string} lang */
export function digits(value, width, lang) {
  const places = width >= 20 ? 0 : Math.min(4, Math.max(1, 2 - Math.floor(Math.log10(width))));
  return value.toLocaleString(lang, { maximumFractionDigits: places, useGrouping: false });
}
