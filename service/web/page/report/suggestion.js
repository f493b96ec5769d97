// The layer of suggestions: a new draft as it is written, or words from a conversation. The report stays as it is until one is taken.
import { button, fill, h } from "../core/dom.js";
import { t } from "../core/texts.js";
import { shown } from "./diff.js";
import { SECTIONS } from "./working.js";

/** @typedef {import("../types").Sections} Sections */
/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {(section: SectionName, text: string) => void} Take */

export class Suggestion {
  /** @param {string} title @param {() => void} dismissed */
  constructor(title, dismissed) {
    this.body = h("div", { class: "suggested" });
    this.state = h("p", { class: "quiet" });
    const close = button("×", () => (this.element.remove(), dismissed()), { class: "bare", "aria-label": t("suggestion.discard") });
    this.element = h("section", { class: "suggestion", "aria-label": title }, h("div", { class: "suggestion-head" }, h("h3", {}, title), close), this.state, this.body);
  }

  /** Words as they come. @param {string} text */
  stream(text) {
    this.body.append(text);
  }

  /** @param {string} text */
  say(text) {
    this.state.textContent = text;
  }

  restart() {
    fill(this.body);
  }

  /** The draft is whole: each section that differs can be taken. @param {Sections} sections @param {Sections} now @param {Take} take */
  offer(sections, now, take) {
    const differing = SECTIONS.filter((name) => sections[name] !== now[name]);
    const parts = differing.map((name) => {
      const part = h("div", { class: "offer" }, h("h4", {}, t(`section.${name}`)), shown(now[name], sections[name]));
      part.append(button(t("suggestion.take"), () => (take(name, sections[name]), part.remove())));
      return part;
    });
    const all = button(t("suggestion.all"), () => (differing.forEach((name) => take(name, sections[name])), this.element.remove()), { class: "primary" });
    fill(this.body, differing.length ? [...parts, differing.length > 1 ? all : null] : h("p", {}, t("suggestion.same")));
  }

  /** Words from elsewhere, word for word, for a section of the reader's choice. @param {string} text @param {Take} take */
  quote(text, take) {
    const into = (/** @type {SectionName} */ name) => button(t("suggestion.into", { section: t(`section.${name}`) }), () => (take(name, text), this.element.remove()));
    fill(this.body, h("blockquote", {}, text), h("div", { class: "choices" }, into("findings"), into("impression")));
  }
}
