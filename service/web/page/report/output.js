// The report on its way out: the formats that the service writes, plain text, paper.
import { call, get, reason } from "../core/api.js";
import { copy } from "../core/clipboard.js";
import { button, fill, h, the } from "../core/dom.js";
import { notify } from "../core/speak.js";
import { catalogue, moment, say, t } from "../core/texts.js";
import { SECTIONS } from "./working.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("../types").Sections} Sections */
/** @typedef {import("../types").Study} Study */

const FORMATS = ["pdf", "txt", "md", "fhir", "dicom-sr", "dicom-sc", "dicom-pdf", "hl7"];
/** @type {Promise<boolean> | null} */
let exporting = null;

/** Whether this service has exports at all, as its own description says. */
const canExport = () => (exporting ??= get("/openapi.json").then((spec) => "/api/v1/reports/{report_id}/export/{format}" in spec.paths, () => false));

/** @param {Report} report @param {Sections} sections @param {Record<string, string>} words of the report's language */
export function asText(report, sections, words) {
  const named = SECTIONS.filter((name) => sections[name].trim()).map((name) => `${(words[`section.${name}`] ?? name).toUpperCase()}\n${sections[name].trim()}`);
  const added = report.addenda.map((one) => `${words["sheet.addendum"]} (${one.by}, ${moment(one.at)})\n${one.text}`);
  return [...named, ...added].join("\n\n");
}

/** @param {() => {study: Study, report: Report, sections: Sections}} now @param {() => Promise<void>} flush */
export function exportMenu(now, flush) {
  const list = h("div", { class: "menu-list" });
  const menu = h("details", { class: "menu" }, h("summary", { class: "button" }, t("export.menu")), list);
  const close = () => menu.removeAttribute("open");
  const act = (/** @type {() => Promise<void>} */ action) => () => {
    close();
    void action().catch((error) => notify(t("export.failed", { why: reason(error) }), { failed: true }));
  };
  menu.addEventListener("toggle", async () => {
    if (!menu.open) return;
    const plain = [button(t("export.copy"), act(() => copied(now()))), button(t("export.print"), act(() => print(now())))];
    fill(list, plain);
    if (await canExport()) fill(list, plain, FORMATS.map((format) => button(t(`export.${format}`), act(() => flush().then(() => download(now().report, format))))));
  });
  document.addEventListener("pointerdown", (event) => void (event.target instanceof Node && menu.contains(event.target) ? null : close()));
  menu.addEventListener("keydown", (event) => void (event.key === "Escape" ? close() : null));
  return menu;
}

/** @param {{report: Report, sections: Sections}} now */
async function copied({ report, sections }) {
  await copy(asText(report, sections, await catalogue(report.language)));
  notify(t("export.copied"));
}

/** @param {Report} report @param {string} format */
async function download(report, format) {
  const answer = await call(`${report.links.self}/export/${format}`);
  const named = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: named ?? `report-${report.id.slice(0, 8)}.${format}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** @param {{study: Study, report: Report, sections: Sections}} now */
export async function print(now) {
  await sheet(now);
  window.print();
}

/** The sheet that is printed: what a hospital files, and what it must not be taken for. @param {{study: Study, report: Report, sections: Sections}} now */
export async function sheet({ study, report, sections }) {
  const words = await catalogue(report.language);
  const tell = (/** @type {string} */ key, values = {}) => say(words, report.language, key, values);
  const facts = [["sheet.patient", study.patient_ref], ["sheet.accession", study.accession], ["sheet.received", moment(study.created_at)], ["sheet.views", study.images.map((image) => image.view ?? "–").join(", ")]];
  const table = h("table", {}, h("tbody", {}, facts.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, tell(String(key))), h("td", {}, value ?? "–")))));
  const texts = SECTIONS.filter((name) => sections[name].trim()).map((name) => h("section", {}, h("h2", {}, tell(`section.${name}`)), h("p", {}, sections[name])));
  const added = report.addenda.map((one) => h("section", {}, h("h2", {}, `${tell("sheet.addendum")} · ${one.by} · ${moment(one.at)}`), h("p", {}, one.text)));
  const signed = report.signed_by ? tell("sheet.signed", { name: report.signed_by, when: moment(report.signed_at ?? report.created_at) }) : tell("sheet.unsigned");
  const origin = tell("sheet.origin", { writer: report.written_by, id: report.id, version: report.version });
  const head = h("div", { class: "sheet-head" }, h("h1", {}, tell("sheet.title")), report.signed_by ? null : h("p", { class: "stamp" }, tell("sheet.draft")));
  fill(the("sheet"), head, table, texts, added, h("p", { class: "signature" }, signed), h("p", { class: "origin" }, origin));
  the("sheet").lang = report.language;
}
