// The report beside the film: its sections, their verdicts, everything one does with a report.
import { get, isAbort, reason, send } from "../core/api.js";
import { button, fill, h, put, the } from "../core/dom.js";
import { whoAmI } from "../core/session.js";
import { announce, notify } from "../core/speak.js";
import { events } from "../core/stream.js";
import { labelName, moment, t } from "../core/texts.js";
import { resolve } from "./conflict.js";
import { shown } from "./diff.js";
import { exportMenu } from "./output.js";
import { phraseMenu } from "./phrases.js";
import { safeFor, safeWording } from "./safe.js";
import { Section } from "./section.js";
import { addTo, sign, signedBox } from "./sign.js";
import { fromCodePoints, moved, without } from "./spans.js";
import { Suggestion } from "./suggestion.js";
import { why } from "./why.js";
import { SECTIONS, Working } from "./working.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {import("../types").Study} Study */
/** @typedef {import("../types").Verification} Verification */
/** @typedef {import("./section.js").Judged} Judged */

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
    this.layer = the("suggestions");
    this.notes = h("div", { class: "report-notes" });
    this.body = h("div", { class: "sections" }, SECTIONS.map((name) => this.section(name).element));
    this.foot = h("div", { class: "report-foot" });
    this.status = h("p", { class: "save-state", role: "status" });
    this.compared = false;
    fill(the("report"), this.head, this.tools, this.notes, this.body, this.foot);
    for (const section of this.sections.values()) this.wire(section);
    this.listen();
    this.show();
    void this.verify();
    if (this.working.restored) notify(t("report.restored"));
  }

  /** @param {SectionName} name */
  section(name) {
    return /** @type {Section} */ (this.sections.get(name));
  }

  /** @param {Section} section */
  wire(section) {
    section.addEventListener("typed", (event) => this.working.edit(section.name, /** @type {CustomEvent} */ (event).detail, true));
    section.addEventListener("why", (event) => void this.why(section, /** @type {CustomEvent} */ (event).detail));
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
    working.addEventListener("saved", () => (this.show(), void this.verify()));
    working.addEventListener("conflict", (event) => void this.settle(/** @type {CustomEvent} */ (event).detail));
    window.addEventListener("online", () => void working.save(), { signal: this.leaving.signal });
  }

  /** Leave the report; what is typed goes on its way to the service. */
  leave() {
    this.leaving.abort();
    void this.working.flush().catch(() => {});
    fill(the("report"));
    fill(this.layer);
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
      this.comparing(),
      button(t("report.again"), () => void this.redraft()),
      this.exporting(),
    ];
  }

  finalTools() {
    return [button(t("addendum.button"), () => void addTo(this.working), { class: "primary" }), this.comparing(), this.exporting()];
  }

  comparing() {
    return button(t("report.compare"), (event) => void this.compare(event.currentTarget), { "aria-pressed": String(this.compared) });
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

  /** Ask the service what each sentence rests on, and mark it. */
  async verify() {
    const { report } = this.working;
    try {
      const found = await get(report.links.verification, { signal: this.leaving.signal });
      if (report.version === this.working.report.version) this.judge(found, report);
    } catch (error) {
      if (!isAbort(error)) fill(this.notes, h("p", { class: "quiet" }, t("verify.failed", { why: reason(error) })));
    }
  }

  /** @param {Verification} verification @param {Report} report the version that was judged */
  judge(verification, report) {
    const kept = new Set(report.kept.map((one) => `${one.section}/${one.text.trim()}`));
    for (const name of SECTIONS) {
      const [judgedText, text] = [report.sections[name], this.working.sections[name]];
      const own = verification.sentences.filter((one) => one.section === name);
      this.section(name).judge(own.flatMap((sentence) => {
        const span = moved(fromCodePoints(judgedText, sentence.span), judgedText, text);
        return span ? [{ sentence, span, kept: kept.has(`${name}/${sentence.text.trim()}`) }] : [];
      }));
    }
    fill(this.notes, this.omitted(verification), this.limited(verification), this.repaired(verification));
  }

  /** @param {Verification} verification */
  omitted({ omissions }) {
    if (!omissions.length || this.working.isFinal) return null;
    const rows = omissions.map(({ label }) => h("li", {}, labelName(label), " ", button(t("omission.add"), () => void this.mention(label), { class: "link" })));
    return h("div", { class: "omissions" }, h("p", {}, h("strong", {}, t("omission.title"))), h("ul", {}, rows));
  }

  /** @param {string} label */
  async mention(label) {
    const text = await safeWording(label, this.study.findings, this.working.report.language);
    this.working.edit("findings", `${this.working.sections.findings.trimEnd()} ${text}`.trim());
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
    const { isFinal } = this.working;
    const safe = await safeFor(one.sentence, this.study.findings, this.working.report.language);
    const text = section.text.slice(...one.span);
    const close = () => {
      fill(section.below);
      (mark.isConnected ? mark : section.field).focus();
    };
    const edit = (/** @type {string} */ changed) => (this.working.edit(section.name, changed), close());
    const actions = {
      close,
      remove: () => edit(without(section.text, one.span)),
      replace: (/** @type {string} */ wording) => {
        this.working.remark("accepted", { section: section.name, text: wording, reason: "" });
        edit(section.text.slice(0, one.span[0]) + wording + section.text.slice(one.span[1]));
      },
      keep: () => {
        this.working.remark("kept", { section: section.name, text, reason: "" });
        void this.working.save();
        section.judge(section.judged.map((other) => (other.sentence === one.sentence ? { ...other, kept: true } : other)));
        fill(section.below);
        section.field.focus();
        announce(t("why.kept"));
      },
    };
    const card = why(one, text, safe, actions, isFinal);
    fill(section.below, card);
    card.focus();
  }

  /** How many sentences are contradicted or rest on nothing, and are nobody's own. */
  get loud() {
    return [...this.sections.values()].flatMap((section) => section.judged).filter(({ sentence, kept }) => !kept && sentence.verdict !== "supported").length;
  }

  async sign() {
    if (this.working.isFinal) return;
    if (await sign(this.working, this.loud)) document.dispatchEvent(new Event("signed"));
  }

  /** @param {Report} present */
  async settle(present) {
    const isFinal = present.state === "signed" || present.state === "addended";
    const sections = await resolve(this.working.report.sections, this.working.sections, present.sections, isFinal);
    this.working.settle(present, sections);
    notify(t("conflict.done"));
  }

  /** Set the machine's draft beside the present text. @param {Element} pressed */
  async compare(pressed) {
    this.compared = !this.compared;
    put(pressed, "aria-pressed", String(this.compared));
    for (const { below } of this.sections.values()) fill(below);
    if (!this.compared) return;
    try {
      const { items } = await get(this.working.report.links.history);
      const first = items[0].sections;
      for (const name of SECTIONS) {
        const now = this.working.sections[name];
        const same = first[name] === now;
        fill(this.section(name).below, same ? null : h("div", { class: "compared" }, h("p", { class: "quiet" }, t("report.against")), shown(first[name], now)));
      }
      announce(t("report.against"));
    } catch (error) {
      notify(reason(error), { failed: true });
    }
  }

  /** A new draft comes in its own layer; the reader's text stays. */
  async redraft() {
    const layer = this.suggest(t("suggestion.draft"));
    layer.say(t("suggestion.writing"));
    try {
      const answer = await send("POST", this.study.links.reports, {}, { headers: { Accept: "text/event-stream" }, signal: this.leaving.signal });
      for await (const { name, data } of events(answer)) {
        if (name === "delta") layer.stream(data.text);
        if (name === "stage" && data.stage === "fallback") (layer.restart(), layer.say(t("report.fallback", { why: data.detail })));
        if (name === "done") this.offer(layer, await get(`/api/v1/reports/${data.report_id}`));
      }
    } catch (error) {
      if (!isAbort(error)) layer.say(reason(error));
    }
  }

  /** @param {Suggestion} layer @param {Report} report */
  offer(layer, report) {
    layer.say(t("report.by", { writer: report.written_by, when: moment(report.created_at) }));
    layer.offer(report.sections, this.working.sections, (section, text) => this.take(section, text));
    announce(t("suggestion.ready"));
  }

  /** @param {SectionName} section @param {string} text */
  take(section, text) {
    this.working.edit(section, text);
  }

  /** @param {string} title */
  suggest(title) {
    const layer = new Suggestion(title, () => the("report").querySelector("textarea")?.focus());
    this.layer.append(layer.element);
    layer.element.scrollIntoView({ block: "nearest" });
    return layer;
  }

  /** Words from a conversation; the same verification judges them once they are in the text. @param {string} text */
  quote(text) {
    this.suggest(t("suggestion.chat")).quote(text, (section, words) => {
      const now = this.working.sections[section].trimEnd();
      this.working.remark("accepted", { section, text: words, reason: "chat" });
      this.working.edit(section, now ? `${now} ${words}` : words);
    });
  }

  priorBox() {
    const report = this.prior && counting(this.prior.reports);
    if (!this.prior || !report) return null;
    const texts = SECTIONS.filter((name) => report.sections[name]).map((name) => [h("h4", {}, t(`section.${name}`)), h("p", {}, report.sections[name])]);
    return h("details", { class: "prior", open: true }, h("summary", {}, t("prior.title", { when: moment(this.prior.created_at) })), ...texts.flat());
  }
}
