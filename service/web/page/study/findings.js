// What the experts found: present first, then what is in doubt, then what was looked for and not found.
import { fill, h, the } from "../core/dom.js";
import { labelName, percent, t } from "../core/texts.js";
import { links } from "./links.js";
import { inWords, scale } from "./scale.js";

/** @typedef {import("../types").Finding} Finding */

const ORDER = { present: 0, uncertain: 1, absent: 2 };

/** @param {Finding[]} findings */
export const sorted = (findings) =>
  [...findings].sort((a, b) => ORDER[a.polarity] - ORDER[b.polarity] || b.probability / b.threshold - a.probability / a.threshold);

/** @param {import("../types").Study} study */
export function showFindings(study) {
  const panel = the("panel-findings");
  const list = sorted(study.findings);
  if (study.state === "received") return fill(panel, waiting());
  const groups = /** @type {const} */ (["present", "uncertain", "absent"]).map((polarity) => group(polarity, list.filter((one) => one.polarity === polarity)));
  fill(panel, h("h2", { class: "unseen" }, t("tab.findings")), gate(study), list.length ? [h("p", { class: "legend quiet" }, t("findings.legend")), ...groups.flat()] : h("p", { class: "quiet" }, t("findings.none")));
}

const waiting = () => h("div", { class: "waiting" }, h("p", {}, t("findings.reading")), ...[1, 2, 3, 4].map(() => h("div", { class: "bone" })));

/** What the gate says of the films. @param {import("../types").Study} study */
function gate({ gate: found }) {
  if (!found || found.verdict === "pass") return null;
  return h("div", { class: `gate ${found.verdict}` }, h("p", {}, h("strong", {}, t(`gate.${found.verdict}`))), h("ul", {}, found.reasons.map((one) => h("li", {}, one))));
}

/** @param {"present" | "uncertain" | "absent"} polarity @param {Finding[]} findings @returns {Node[]} */
function group(polarity, findings) {
  if (!findings.length) return [];
  const list = h("ul", { class: "findings" }, findings.map(item));
  const title = t(`findings.${polarity}`);
  if (polarity !== "absent") return [h("h3", {}, title), list];
  return [h("details", { class: "absent-group" }, h("summary", {}, h("h3", {}, `${title} (${findings.length})`)), list)];
}

/** @param {Finding} finding */
function item(finding) {
  const said = h("span", { class: "value" }, t(`polarity.${finding.polarity}`));
  const place = finding.zone ? h("span", { class: "zone" }, t(`zone.${finding.zone}`)) : null;
  const summary = h("summary", {}, h("span", { class: "name" }, labelName(finding.label), place), said, scale(finding), h("span", { class: "words" }, inWords(finding)));
  const made = h("li", { class: `finding ${finding.polarity}`, "data-label": finding.label }, h("details", {}, summary, detail(finding)));
  links.attach(made, finding.label);
  return made;
}

/** @param {Finding} finding */
function detail({ experts, measure, abstentions, threshold }) {
  const rows = experts.map((one) => h("tr", {}, h("th", { scope: "row" }, `${one.expert} ${one.version}`), h("td", {}, percent(one.probability)), h("td", {}, one.raw.toFixed(3))));
  const head = h("tr", {}, ["finding.expert", "finding.probability", "finding.raw"].map((key) => h("th", { scope: "col" }, t(key))));
  return h(
    "div",
    { class: "detail" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows)),
    h("p", { class: "quiet" }, t("finding.threshold", { threshold: percent(threshold) })),
    measure && h("p", {}, t("finding.measure", { name: t(`measure.${measure.name}`), value: measure.value.toFixed(2), error: measure.error.toFixed(2) })),
    abstentions.map((why) => h("p", { class: "quiet" }, t("finding.silent", { why: t(`abstention.${why}`) }))),
  );
}

/** The findings that count, small, above the report. @param {import("../types").Study} study */
export function showChips(study) {
  const found = sorted(study.findings).filter((one) => one.polarity !== "absent");
  const chips = found.map((finding) => {
    const made = h("button", { type: "button", class: `chip ${finding.polarity}`, "data-label": finding.label, "aria-pressed": "false" }, labelName(finding.label), finding.uncertain ? h("span", { class: "maybe" }, t("chip.maybe")) : null);
    made.addEventListener("click", () => links.pin(finding.label));
    links.attach(made, finding.label);
    return h("li", {}, made);
  });
  const none = study.state === "received" ? t("findings.reading") : t("chips.none");
  fill(the("chips"), chips.length ? h("ul", {}, chips) : h("p", { class: "quiet" }, none));
}
