// A probability against its threshold. Every threshold stands in the middle, so that the eye compares one line.
import { h } from "../core/dom.js";
import { percent, t } from "../core/texts.js";

/** @typedef {import("../types").Finding} Finding */

/** Where a probability stands, 0 to 1: below its threshold in the left half, above it in the right. @param {number} p @param {number} threshold */
export const place = (p, threshold) => (p < threshold ? (0.5 * p) / threshold : 0.5 + (0.5 * (p - threshold)) / Math.max(1 - threshold, 1e-9));

/** What the doubt spans: the interval that the service gives, else what the experts say from the lowest to the highest. @param {Finding} finding @returns {[number, number]} */
function doubtOf({ doubt, experts, probability, threshold }) {
  const said = doubt ?? [...experts.map((expert) => expert.probability), probability, threshold];
  return [Math.min(...said), Math.max(...said)];
}

/** @param {Finding} finding */
export function scale(finding) {
  const { probability, threshold, uncertain, polarity } = finding;
  const at = place(probability, threshold);
  const bar = h("span", { class: uncertain ? "band" : "reach" });
  const [low, high] = uncertain ? doubtOf(finding).map((p) => place(p, threshold)) : [Math.min(at, 0.5), Math.max(at, 0.5)];
  bar.style.insetInlineStart = `${100 * low}%`;
  bar.style.inlineSize = `${Math.max(2, 100 * (high - low))}%`;
  const point = h("span", { class: "point" });
  point.style.insetInlineStart = `${100 * at}%`;
  return h("span", { class: `scale ${polarity}`, "aria-hidden": "true" }, bar, h("span", { class: "threshold" }), uncertain ? null : point);
}

/** The same in words. Doubt is given no decimals, and no number that would look like one. @param {Finding} finding */
export function inWords(finding) {
  const [low, high] = doubtOf(finding);
  if (finding.uncertain) return t("finding.between", { low: percent(low), high: percent(high) });
  return t("finding.against", { p: percent(finding.probability), threshold: percent(finding.threshold) });
}
