// For whoever runs the service: every part with its state, and exactly what is at work.
import { get, reason } from "../core/api.js";
import { button, fill, h, the } from "../core/dom.js";
import { t } from "../core/texts.js";

/** @typedef {import("../types").System} System */

const AGAIN_MS = 10000;
let timer = 0;

/** The state of each part; 503 says the same in the same form. @returns {Promise<{status: string, parts: Record<string, string>}>} */
export async function readiness() {
  try {
    return await (await fetch("/readyz")).json();
  } catch {
    return { status: "unreachable", parts: {} };
  }
}

export function leaveOperator() {
  clearInterval(timer);
}

export async function showOperator() {
  const parts = h("div", {});
  const facts = h("div", {});
  fill(the("operator"), h("h2", {}, t("operator.title")), parts, facts, h("p", {}, h("a", { href: "/docs" }, t("operator.api"))));
  const look = async () => {
    const { status, parts: states } = await readiness();
    const rows = Object.entries(states).map(([name, state]) => h("tr", { class: state === "ok" ? "ok" : "wrong" }, h("th", { scope: "row" }, name), h("td", {}, h("span", { class: "light" }, state === "ok" ? "✓ ok" : `! ${state}`))));
    fill(parts, h("p", { class: `overall ${status}` }, t(`service.${status}`)), rows.length ? table(["operator.part", "operator.state"], rows) : null, button(t("operator.again"), () => void look()));
  };
  clearInterval(timer);
  timer = window.setInterval(() => void look(), AGAIN_MS);
  await look();
  try {
    fill(facts, about(await get("/api/v1/system")));
  } catch (error) {
    fill(facts, h("p", { class: "failed" }, reason(error)));
  }
}

/** @param {System} system */
function about(system) {
  const networks = [...system.experts.map((one) => ({ ...one, role: "expert" })), ...(system.segmenter ? [{ ...system.segmenter, role: "segmenter" }] : []), { ...system.gate, role: "gate" }];
  const rows = networks.map((one) => h("tr", {}, h("td", {}, t(`operator.${one.role}`)), h("th", { scope: "row" }, `${one.name} ${one.version}`), h("td", {}, h("code", {}, one.weights_sha256.slice(0, 16))), h("td", {}, one.licence)));
  const values = [["operator.version", `${system.name} ${system.version}`], ["operator.llm", system.llm], ["operator.guard", t(`guard.${system.guard}`)], ["operator.languages", system.languages.join(", ")]];
  return [
    h("h3", {}, t("operator.works")),
    h("dl", {}, values.flatMap(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)])),
    h("h3", {}, t("operator.networks")),
    table(["operator.role", "operator.name", "operator.weights", "operator.licence"], rows),
    h("p", { class: "quiet" }, system.notice),
  ];
}

/** @param {string[]} heads @param {Node[]} rows */
const table = (heads, rows) => h("div", { class: "wide-table", tabindex: 0, role: "region", "aria-label": t(heads[0]) }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((key) => h("th", { scope: "col" }, t(key))))), h("tbody", {}, rows)));
