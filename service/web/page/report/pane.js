// The report beside the film: its sections, their verdicts, everything one does with a report.
import { button, fill, h, the } from "../core/dom.js";
import { whoAmI } from "../core/session.js";
import { announce, notify } from "../core/speak.js";
import { moment, t } from "../core/texts.js";
import { Comparison } from "./comparison.js";
import { resolve } from "./conflict.js";
import { Judgement } from "./judgement.js";
import { Layers } from "./layers.js";
import { exportMenu } from "./output.js";
import { phraseMenu } from "./phrases.js";
import { Section } from "./section.js";
import { addTo, sign, signedBox } from "./sign.js";
import { SECTIONS, Working } from "./working.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {import("../types").Study} Study */

/** The report that a reader works on: the one that somebody has worked on, else the newest. @param {Report[]} reports */
export const counting = (reports) => reports.find((one) => one.state === "signed" || one.state === "addended") ?? reports.find((one) => one.state === "edited") ?? reports[0];

export class ReportPane {
  /** @param {Study} study @param {Report} report @param {Study | null} prior */
  constructor(study, report, prior) {
    this.study = study;
    this.prior = prior;
    this.working = new Working(report, whoAmI().id);
    this.sections = new Map(SECTIONS.map((name) => [name, new Section(name)]));
    /** @type {SectionName} */
    this.last = "findings";
    this.leaving = new AbortController();
    this.head = h("div", { class: "report-head" });
    this.tools = h("div", { class: "report-tools" });
    this.layers = new Layers(this);
    this.judgement = new Judgement(this);
    this.comparison = new Comparison(this);
    this.body = h("div", { class: "sections" }, SECTIONS.map((name) => this.section(name).element));
    this.foot = h("div", { class: "report-foot" });
    this.status = h("p", { class: "save-state", role: "status" });
    fill(the("report"), this.head, this.tools, this.judgement.notes, this.body, this.foot);
    for (const section of this.sections.values()) this.wire(section);
    this.listen();
    this.show();
    void this.judgement.verify();
    if (this.working.restored) notify(t("report.restored"));
  }

  /** @param {SectionName} name */
  section(name) {
    return /** @type {Section} */ (this.sections.get(name));
  }

  /** @param {Section} section */
  wire(section) {
    section.addEventListener("typed", (event) => this.working.edit(section.name, /** @type {CustomEvent} */ (event).detail, true));
    section.addEventListener("why", (event) => void this.judgement.why(section, /** @type {CustomEvent} */ (event).detail));
    section.field.addEventListener("focus", () => void (this.last = section.name));
    section.field.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(event.key.toLowerCase())) return;
      event.preventDefault();
      this.travel(event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo");
    });
  }

  listen() {
    const { working } = this;
    working.addEventListener("text", (event) => this.showText(/** @type {CustomEvent} */ (event).detail));
    working.addEventListener("state", (event) => this.tellState(/** @type {CustomEvent} */ (event).detail));
    working.addEventListener("saved", () => (this.show(), void this.judgement.verify()));
    working.addEventListener("conflict", (event) => void this.settle(/** @type {CustomEvent} */ (event).detail));
    window.addEventListener("online", () => void working.save(), { signal: this.leaving.signal });
  }

  /** Leave the report; what is typed goes on its way to the service. */
  leave() {
    this.leaving.abort();
    void this.working.flush().catch(() => {});
    fill(the("report"));
    fill(this.layers.element);
  }

  show() {
    const { report, isFinal } = this.working;
    fill(this.head, this.authorship(report), this.status);
    fill(this.tools, isFinal ? this.finalTools() : this.draftTools());
    for (const name of SECTIONS) this.showText(name);
    fill(this.foot, isFinal ? signedBox(report) : null, this.priorBox());
    this.tellState({ state: this.working.state, why: "" });
  }

  /** @param {Report} report */
  authorship(report) {
    const other = this.study.reports.length > 1 ? t("report.drafts", { n: this.study.reports.length }) : "";
    const said = t("report.by", { writer: report.written_by, when: moment(report.created_at) });
    return [
      h("p", { class: "quiet" }, h("span", { class: `stage s-${report.state}` }, t(`stage.${report.state}`)), ` ${said} ${other}`),
      report.fallback ? h("p", { class: "fallback" }, t("report.fallback", { why: report.fallback.detail })) : null,
    ];
  }

  draftTools() {
    const menu = phraseMenu(this.working.report.language, (section, text) => this.insert(section, text));
    return [
      button(t("sign.button"), () => void this.sign(), { class: "primary", title: "Ctrl+Enter" }),
      menu,
      button(t("report.undo"), () => this.travel("undo"), { title: "Ctrl+Z" }),
      button(t("report.redo"), () => this.travel("redo"), { title: "Ctrl+Y" }),
      this.comparison.button,
      button(t("report.again"), () => void this.layers.redraft()),
      this.exporting(),
    ];
  }

  finalTools() {
    return [button(t("addendum.button"), () => void addTo(this.working), { class: "primary" }), this.comparison.button, this.exporting()];
  }

  exporting() {
    const now = () => ({ study: this.study, report: this.working.report, sections: this.working.sections });
    return exportMenu(now, () => (this.working.isFinal ? Promise.resolve() : this.working.flush()));
  }

  /** @param {SectionName} name */
  showText(name) {
    const { sections, report, isFinal } = this.working;
    this.section(name).show(sections[name], report.language, isFinal);
  }

  /** @param {{state: string, why: string}} detail */
  tellState({ state, why: reasoned }) {
    const said = this.working.isFinal ? "" : t(`save.${state}`, { why: reasoned });
    if (this.status.textContent !== said) this.status.textContent = said;
    this.status.className = `save-state ${state}`;
  }

  /** @param {"undo" | "redo"} way */
  travel(way) {
    const name = this.working.travel(way);
    announce(name ? t(`report.${way}ne`, { section: t(`section.${name}`) }) : t("report.nothing"));
  }

  /** Put a text where the caret was, or at the section's end. @param {SectionName} name @param {string} text */
  insert(name, text) {
    const now = this.working.sections[name];
    const at = this.last === name && document.activeElement !== document.body ? this.section(name).field.selectionEnd : now.length;
    const [before, after] = [now.slice(0, at).trimEnd(), now.slice(at)];
    this.working.edit(name, `${before}${before ? " " : ""}${text}${after && !/^\s/.test(after) ? " " : ""}${after}`);
    announce(t("report.inserted", { section: t(`section.${name}`) }));
  }

  async sign() {
    if (this.working.isFinal) return;
    if (await sign(this.working, this.judgement.loud)) document.dispatchEvent(new Event("signed"));
  }

  /** @param {Report} present */
  async settle(present) {
    const isFinal = present.state === "signed" || present.state === "addended";
    const { sections, rest } = await resolve(this.working.report.sections, this.working.sections, present.sections, isFinal);
    this.working.settle(present, sections);
    if (!isFinal) notify(t("conflict.done"));
    else if (rest) await addTo(this.working, rest);
  }

  priorBox() {
    const report = this.prior && counting(this.prior.reports);
    if (!this.prior || !report) return null;
    const texts = SECTIONS.filter((name) => report.sections[name]).map((name) => [h("h4", {}, t(`section.${name}`)), h("p", {}, report.sections[name])]);
    return h("details", { class: "prior", open: true }, h("summary", {}, t("prior.title", { when: moment(this.prior.created_at) })), ...texts.flat());
  }
}
