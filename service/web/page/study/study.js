// One study on the screen: its films, what was found, its report as it is written, the conversation.
import { call, get, isAbort, reason } from "../core/api.js";
import { button, fill, h, the } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { events } from "../core/stream.js";
import { t } from "../core/texts.js";
import { Chat } from "../chat/chat.js";
import { counting, ReportPane } from "../report/pane.js";
import { sheet } from "../report/output.js";
import { nameOf } from "../worklist/row.js";
import { FilmPane } from "./film.js";
import { showChips, showFindings } from "./findings.js";
import { links } from "./links.js";

/** @typedef {import("../types").Study} Study */

export class StudyScreen {
  constructor() {
    /** @type {FilmPane | null} */
    this.film = null;
    /** @type {ReportPane | null} */
    this.report = null;
    /** @type {Chat | null} */
    this.chat = null;
    /** @type {Study | null} */
    this.study = null;
    this.leaving = new AbortController();
  }

  leave() {
    this.leaving.abort();
    this.leaving = new AbortController();
    this.report?.leave();
    this.chat?.leave();
    this.report = this.chat = this.study = null;
    if (links.pinned) links.pin(null);
  }

  /** @param {string} id */
  async open(id) {
    this.leave();
    const { signal } = this.leaving;
    fill(the("chips"));
    fill(the("report"), h("div", { class: "bone" }));
    try {
      const study = await get(`/api/v1/studies/${id}`, { signal });
      const prior = study.prior_study_id ? await get(`/api/v1/studies/${study.prior_study_id}`, { signal }).catch(() => null) : null;
      this.film ??= new FilmPane();
      void this.film.open(study, prior); // the film first
      document.title = `${nameOf(study)} – cxr-scribe`;
      void call(`/api/v1/studies/${id}/seen`, { method: "PUT" }).catch(() => {});
      this.show(study, prior);
      if (!counting(study.reports)) await this.follow(study, prior, signal);
    } catch (error) {
      if (!isAbort(error)) this.fail(id, error);
    }
  }

  /** @param {string} id @param {unknown} error */
  fail(id, error) {
    fill(the("report"), h("p", { class: "failed" }, reason(error)), button(t("retry"), () => void this.open(id)));
    fill(the("panel-findings"));
    fill(the("panel-ask"));
  }

  /** @param {Study} study @param {Study | null} prior */
  show(study, prior) {
    this.study = study;
    showFindings(study);
    showChips(study);
    const report = counting(study.reports);
    if (report) this.report = new ReportPane(study, report, prior);
    this.chat?.leave();
    if (study.state === "received") fill(the("panel-ask"), h("p", { class: "quiet" }, t("chat.early")));
    else this.chat = new Chat(study, (text) => this.quote(text));
  }

  /** @param {string} text */
  quote(text) {
    if (!this.report || this.report.working.isFinal) return announce(t("suggestion.nowhere"));
    document.dispatchEvent(new CustomEvent("tab", { detail: "report" }));
    this.report.layers.quote(text);
  }

  /** Tell what happens until the first report is there. @param {Study} study @param {Study | null} prior @param {AbortSignal} signal */
  async follow(study, prior, signal) {
    const words = h("div", { class: "streamed" });
    const state = h("p", { class: "working" }, t("stage.doing.received"));
    fill(the("report"), h("div", { "aria-busy": "true" }, state, words));
    const answer = await call(study.links.events, { signal });
    for await (const { name, data } of events(answer)) {
      if (name === "stage") state.textContent = t(`stage.doing.${data.stage}`, { why: data.detail ?? "" });
      if (name === "stage" && data.stage === "fallback") fill(words);
      if (name === "findings") await this.found(study.id, signal);
      if (name === "delta") words.append(data.text);
      if (name === "done") await this.done(study.id, data.report_id, prior, signal);
    }
  }

  /** @param {string} id @param {AbortSignal} signal */
  async found(id, signal) {
    const study = await get(`/api/v1/studies/${id}`, { signal });
    if (study.state === "received") return;
    showFindings(study);
    showChips(study);
    this.film?.update(study);
  }

  /** @param {string} id @param {string | null} report @param {Study | null} prior @param {AbortSignal} signal */
  async done(id, report, prior, signal) {
    const study = await get(`/api/v1/studies/${id}`, { signal });
    this.show(study, prior);
    if (report) return announce(t("report.ready"));
    const draft = button(t("report.first"), () => void this.first(id), { class: "primary" });
    fill(the("report"), h("p", {}, t("report.none")), draft);
  }

  /** @param {string} id */
  async first(id) {
    fill(the("report"), h("p", { class: "working" }, t("stage.doing.writing")));
    await call(`/api/v1/studies/${id}/reports`, { method: "POST" }).catch((error) => this.fail(id, error));
    await this.open(id);
  }

  /** What is printed when the browser's own print command is used. */
  async beforePrint() {
    if (this.study && this.report) await sheet({ study: this.study, report: this.report.working.report, sections: this.report.working.sections });
  }
}
