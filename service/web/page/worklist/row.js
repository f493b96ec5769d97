// One row of the worklist: what the study is, how urgent, how far its report has come.
import { h, put } from "../core/dom.js";
import { picture } from "../core/pictures.js";
import { ago, labelName, t } from "../core/texts.js";

/** @typedef {import("../types").Brief} Brief */

/** A row that is in sight for less is being scrolled past. */
const REST_MS = 150;

/** What a study is called: by its sender, or by us. @param {Brief | import("../types").Study} study */
export const nameOf = (study) => study.patient_ref ?? study.accession ?? t("study.unnamed", { id: study.id.slice(0, 8) });

/** How far a study has come, as a key of the texts. @param {Brief | import("../types").Study} study */
export function stageOf(study) {
  const report = study.report_state;
  if (report && report !== "draft") return report;
  if (study.gate?.verdict === "stop") return "stopped";
  return study.state;
}

/** What was found, said shortly. @param {Brief} study */
function said(study) {
  if (study.state === "received") return t("row.reading");
  if (study.gate?.verdict === "stop") return study.gate.reasons[0] ?? t("row.stopped");
  const named = (/** @type {string} */ polarity) => study.findings.filter((f) => f.polarity === polarity).map((f) => labelName(f.label));
  const [present, doubtful] = [named("present"), named("uncertain")];
  if (present.length) return present.join(", ");
  return doubtful.length ? t("row.doubtful", { names: doubtful.join(", ") }) : t("row.nothing");
}

/** @param {Brief} study @param {number} place from 0 @param {number} total @param {boolean} chosen */
export function row(study, place, total, chosen) {
  const stage = stageOf(study);
  const thumb = h("img", { class: "thumb", alt: "", width: 56, height: 56, decoding: "async" });
  const [image] = study.images;
  if (image) setTimeout(() => void show(thumb, image.id), REST_MS);
  const urgency = study.priority < 7 && study.state !== "received" ? h("span", { class: `urgency u${study.priority}` }, t(`urgency.${study.priority}`)) : null;
  const made = h(
    "div",
    { role: "option", id: `row-${study.id}`, "data-id": study.id, class: `row ${study.unread ? "unread" : ""}` },
    thumb,
    h("div", { class: "what" },
      h("p", { class: "ref" }, study.unread ? h("span", { class: "dot" }, h("span", { class: "unseen" }, t("row.unread"))) : null, nameOf(study)),
      h("p", { class: "said" }, said(study)),
      h("p", { class: "quiet" }, `${image?.view ?? "–"} · ${ago(study.created_at)}`)),
    h("div", { class: "marks" }, urgency, h("span", { class: `stage s-${stage}` }, t(`stage.${stage}`))),
  );
  mark(made, place, total, chosen);
  return made;
}

/** Load a row's picture, unless the row was scrolled past by now. @param {HTMLImageElement} thumb @param {string} image */
async function show(thumb, image) {
  if (!thumb.isConnected) return;
  try {
    thumb.src = await picture(`/api/v1/images/${image}/preview.png?size=96`);
  } catch {
    // the row says what the study is without it
  }
}

/** Say where a row stands. @param {Element} made @param {number} place @param {number} total @param {boolean} chosen */
export function mark(made, place, total, chosen) {
  put(made, "aria-posinset", place + 1);
  put(made, "aria-setsize", total);
  put(made, "aria-selected", String(chosen));
}
