// What the service says of each sentence of a report, brought to the page, and what the reader makes of it.
import { get, isAbort, reason } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { labelName, t } from "../core/texts.js";
import { shown } from "./diff.js";
import { safeFor, safeWording } from "./safe.js";
import { fromCodePoints, moved, without } from "./spans.js";
import { why } from "./why.js";
import { SECTIONS } from "./working.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("../types").Verification} Verification */
/** @typedef {import("./pane.js").ReportPane} ReportPane */
/** @typedef {import("./section.js").Judged} Judged */
/** @typedef {import("./section.js").Section} Section */

export class Judgement {
  /** @param {ReportPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.notes = h("div", { class: "report-notes" });
  }

  /** Ask the service what each sentence rests on, and mark it. */
  async verify() {
    const { working, leaving } = this.pane;
    const { report } = working;
    try {
      const found = await get(report.links.verification, { signal: leaving.signal });
      if (report.version === working.report.version) this.judge(found, report);
    } catch (error) {
      if (!isAbort(error)) fill(this.notes, h("p", { class: "quiet" }, t("verify.failed", { why: reason(error) })));
    }
  }

  /** @param {Verification} verification @param {Report} report the version that was judged */
  judge(verification, report) {
    const kept = new Set(report.kept.map((one) => `${one.section}/${one.text.trim()}`));
    for (const name of SECTIONS) {
      const [judgedText, text] = [report.sections[name], this.pane.working.sections[name]];
      const own = verification.sentences.filter((one) => one.section === name);
      this.pane.section(name).judge(own.flatMap((sentence) => {
        const span = moved(fromCodePoints(judgedText, sentence.span), judgedText, text);
        return span ? [{ sentence, span, kept: kept.has(`${name}/${sentence.text.trim()}`) }] : [];
      }));
    }
    fill(this.notes, this.omitted(verification), this.limited(verification), this.repaired(verification));
  }

  /** @param {Verification} verification */
  omitted({ omissions }) {
    if (!omissions.length || this.pane.working.isFinal) return null;
    const rows = omissions.map(({ label }) => h("li", {}, labelName(label), " ", button(t("omission.add"), () => void this.mention(label), { class: "link" })));
    return h("div", { class: "omissions" }, h("p", {}, h("strong", {}, t("omission.title"))), h("ul", {}, rows));
  }

  /** @param {string} label */
  async mention(label) {
    const { working, study } = this.pane;
    const text = await safeWording(label, study.findings, working.report.language);
    working.edit("findings", `${working.sections.findings.trimEnd()} ${text}`.trim());
  }

  /** @param {Verification} verification */
  limited({ limits }) {
    return limits.length ? h("p", { class: "quiet" }, t("verify.limits"), " ", limits.join(" ")) : null;
  }

  /** @param {Verification} verification */
  repaired({ repairs }) {
    if (!repairs.length) return null;
    const rows = repairs.map((one) => h("li", {}, shown(one.before, one.after), h("p", { class: "quiet" }, one.complaints.join(" "))));
    return h("details", { class: "repairs" }, h("summary", {}, t("verify.repairs", { n: repairs.length })), h("ul", {}, rows));
  }

  /** @param {Section} section @param {{one: Judged, mark: HTMLElement}} opened */
  async why(section, { one, mark }) {
    const { working, study } = this.pane;
    const safe = await safeFor(one.sentence, study.findings, working.report.language);
    const close = () => {
      fill(section.below);
      (mark.isConnected ? mark : section.field).focus();
    };
    const edit = (/** @type {string} */ changed) => (working.edit(section.name, changed), close());
    const actions = {
      close,
      remove: () => edit(without(section.text, one.span)),
      replace: (/** @type {string} */ wording) => {
        working.remark("accepted", { section: section.name, text: wording, reason: "" });
        edit(section.text.slice(0, one.span[0]) + wording + section.text.slice(one.span[1]));
      },
      keep: () => this.keep(section, one),
    };
    const card = why(one, section.text.slice(...one.span), safe, actions, working.isFinal);
    fill(section.below, card);
    card.focus();
  }

  /** The reader stands by a sentence: that is recorded. @param {Section} section @param {Judged} one */
  keep(section, one) {
    const { working } = this.pane;
    working.remark("kept", { section: section.name, text: section.text.slice(...one.span), reason: "" });
    void working.save();
    section.judge(section.judged.map((other) => (other.sentence === one.sentence ? { ...other, kept: true } : other)));
    fill(section.below);
    section.field.focus();
    announce(t("why.kept"));
  }

  /** How many sentences are contradicted or rest on nothing, and are nobody's own. */
  get loud() {
    return [...this.pane.sections.values()].flatMap((section) => section.judged).filter(({ sentence, kept }) => !kept && sentence.verdict !== "supported").length;
  }
}
