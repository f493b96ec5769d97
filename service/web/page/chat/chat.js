// The conversation beside the film: answers as they come, what they rest on, and their way into the report.
import { get, isAbort, reason, send } from "../core/api.js";
import { button, fill, h, the } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { events } from "../core/stream.js";
import { labelName, t } from "../core/texts.js";
import { sorted } from "../study/findings.js";
import { answerFoot } from "./answer.js";

/** @typedef {import("../types").Study} Study */
/** @typedef {import("../types").Turn} Turn */

export class Chat {
  /** @param {Study} study @param {(text: string) => void} quote */
  constructor(study, quote) {
    this.study = study;
    this.quote = quote;
    this.turns = h("ol", { class: "turns" });
    this.field = h("textarea", { id: "question", rows: 2, maxlength: 4000, required: true });
    this.go = h("button", { class: "primary" }, t("chat.ask"));
    this.stop = button(t("chat.stop"), () => this.leaving?.abort(), { hidden: true });
    this.suggested = h("div", { class: "suggested-questions" });
    const label = h("label", { for: "question" }, t("chat.label"));
    this.form = h("form", {}, label, this.field, h("div", { class: "choices" }, this.go, this.stop));
    /** @type {AbortController | null} */
    this.leaving = null;
    fill(the("panel-ask"), this.turns, this.suggested, this.form);
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey) (event.preventDefault(), this.submit());
    });
    this.suggest();
    void this.load();
  }

  leave() {
    this.leaving?.abort();
  }

  suggest() {
    const found = sorted(this.study.findings);
    const first = found.find((one) => one.polarity === "present");
    const doubtful = found.find((one) => one.uncertain);
    const questions = [first && t("chat.q.why", { name: labelName(first.label) }), doubtful && t("chat.q.sure", { name: labelName(doubtful.label) }), first && t("chat.q.next", { name: labelName(first.label) }), t("chat.q.heart")];
    fill(this.suggested, questions.filter((one) => one !== undefined).map((one) => button(one, () => void this.ask(one), { class: "question" })));
  }

  async load() {
    try {
      const { items } = await get(this.study.links.chat);
      fill(this.turns, items.map((/** @type {Turn} */ turn) => (turn.role === "user" ? this.said(turn.text) : this.answered(turn))));
      this.down();
    } catch (error) {
      fill(this.turns, h("li", { class: "failed" }, reason(error)));
    }
  }

  submit() {
    const question = this.field.value.trim();
    if (!question || this.leaving) return;
    this.field.value = "";
    void this.ask(question);
  }

  /** @param {string} text */
  said(text) {
    return h("li", { class: "user" }, h("span", { class: "unseen" }, t("chat.you")), h("p", {}, text));
  }

  /** @param {Turn} turn */
  answered(turn) {
    return h("li", { class: `answer ${turn.state}` }, h("p", {}, turn.text), answerFoot(turn, this.quote));
  }

  /** @param {string} question */
  async ask(question) {
    if (this.leaving) return;
    this.leaving = new AbortController();
    const words = h("p", {});
    const state = h("p", { class: "quiet" }, t("chat.thinking"));
    const answer = h("li", { class: "answer", "aria-busy": "true" }, words, state);
    this.turns.append(this.said(question), answer);
    this.busy(true);
    this.down();
    try {
      await this.read(await send("POST", this.study.links.chat, { message: question }, { signal: this.leaving.signal }), answer, words, state);
    } catch (error) {
      const why = isAbort(error) ? t("chat.stopped") : reason(error);
      fill(state, `${why} `, button(t("chat.retry"), () => void this.ask(question), { class: "link" }));
      announce(why);
    }
    answer.removeAttribute("aria-busy");
    this.leaving = null;
    this.busy(false);
  }

  /** @param {Response} response @param {HTMLElement} answer @param {HTMLElement} words @param {HTMLElement} state */
  async read(response, answer, words, state) {
    for await (const { name, data } of events(response)) {
      if (name === "delta") words.append(data.text);
      if (name === "stage" && data.detail) {
        fill(words); // the narrator begins anew
        state.textContent = data.detail;
      }
      if (name === "done") {
        answer.replaceWith(this.answered(data));
        announce(data.text);
      }
      this.down();
    }
  }

  /** @param {boolean} on */
  busy(on) {
    this.go.disabled = on;
    this.stop.hidden = !on;
  }

  down() {
    this.turns.lastElementChild?.scrollIntoView({ block: "nearest" });
  }
}
