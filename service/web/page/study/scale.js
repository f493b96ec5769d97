// A probability against its threshold. Every threshold stands in the middle, so that the eye compares one line.
import { h } from "../core/dom.js";
import { percent, t } from "../core/texts.js";

/** @typedef {import("../types").Finding} Finding */

/** Where a probability stands, 0 to 1: below its threshold in the left half, above it in the right. @param {number} p @param {number} threshold */
export const place = (p, threshold) => (p < threshold ? (0.5 * p) / threshold : 0.5 + (0.5 * (p - threshold)) / Math.max(1 - threshold, 1e-9));

/**
 * Where the experts do not decide: the band round the threshold that the service gives. A finding that is in doubt outside it
 * is one that experts contradict one another about; then all that they say is in doubt.
 * @param {Finding} finding @returns {[number, number]}
 */
function doubtOf({ doubt, experts, probability, threshold, uncertain }) {
  const [low, high] = doubt ?? [threshold, threshold];
  if (!uncertain || (probability >= low && probability <= high)) return [low, high];
  const said = [low, high, ...experts.map((expert) => expert.probability)];
  return [Math.min(...said), Math.max(...said)];
}

/** @param {Finding} finding */
export function scale(finding) {
  const { probability, threshold, uncertain, polarity } = finding;
  const along = (/** @type {number} */ p) => place(p, threshold);
  const [low, high] = doubtOf(finding).map(along);
  const at = along(probability);
  const doubt = high > low && part("band", low, high - low);
  const known = [part("reach", Math.min(at, 0.5), Math.abs(at - 0.5)), part("point", at)];
  return h("span", { class: `scale ${polarity}`, "aria-hidden": "true" }, doubt, part("threshold", 0.5), uncertain ? [] : known);
}

/** @param {string} name @param {number} start 0 to 1 @param {number} [size] */
function part(name, start, size) {
  const made = h("span", { class: name });
  made.style.insetInlineStart = `${100 * start}%`;
  if (size !== undefined) made.style.inlineSize = `${100 * size}%`;
  return made;
}

/** The same in words. Doubt is given no decimals, and no number that would look like one. @param {Finding} finding */
export function inWords(finding) {
  const [low, high] = doubtOf(finding);
  if (finding.uncertain) return t("finding.between", { low: percent(low), high: percent(high) });
  return t("finding.against", { p: percent(finding.probability), threshold: percent(finding.threshold) });
}
