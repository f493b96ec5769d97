// One section of a report: a plain text field over a mirror of it, whose sentences carry their verdicts into the margin.
import { fill, h, put } from "../core/dom.js";
import { t } from "../core/texts.js";
import { links } from "../study/links.js";
import { moved } from "./spans.js";

/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {import("../types").Sentence} Sentence */
/** @typedef {{sentence: Sentence, span: [number, number], kept: boolean}} Judged */

const MARK_PX = 24; // the least a mark may be to be hit (WCAG 2.5.8)
export const SIGNS = { supported: "✓", unsupported: "?", contradicted: "≠", omitted: "+" };

/** Emits "typed" with the text, "why" with a Judged. */
export class Section extends EventTarget {
  /** @param {SectionName} name */
  constructor(name) {
    super();
    this.name = name;
    /** @type {Judged[]} */
    this.judged = [];
    this.text = "";
    this.field = h("textarea", { id: `section-${name}`, rows: 1, spellcheck: true, autocomplete: "off", class: "field" });
    this.mirror = h("div", { class: "mirror", "aria-hidden": "true" });
    this.margin = h("div", { class: "margin" });
    this.below = h("div", { class: "below" });
    this.label = h("label", { for: this.field.id }, t(`section.${name}`));
    this.element = h("div", { class: "section", "data-section": name }, h("h3", {}, this.label), h("div", { class: "writing" }, this.margin, h("div", { class: "layers" }, this.mirror, this.field)), this.below);
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("mousemove", (event) => this.point(event));
    this.field.addEventListener("mouseleave", () => links.light(null));
    for (const name of ["keyup", "click"]) this.field.addEventListener(name, () => this.caret());
    this.field.addEventListener("blur", () => links.light(null));
    new ResizeObserver(() => this.place()).observe(this.mirror);
  }

  typed() {
    const before = this.text;
    this.text = this.field.value;
    this.judged = this.judged.flatMap((one) => {
      const span = moved(one.span, before, this.text);
      return span ? [{ ...one, span }] : [];
    });
    this.draw();
    this.dispatchEvent(new CustomEvent("typed", { detail: this.text }));
  }

  /** @param {string} text @param {string} language @param {boolean} isFinal */
  show(text, language, isFinal) {
    put(this.field, "lang", language);
    this.field.readOnly = isFinal;
    if (this.field.value !== text) this.field.value = text;
    const before = this.text;
    this.text = text;
    this.judged = this.judged.flatMap((one) => {
      const span = moved(one.span, before, text);
      return span ? [{ ...one, span }] : [];
    });
    this.draw();
  }

  /** @param {Judged[]} judged spans within the present text */
  judge(judged) {
    this.judged = judged.filter(({ sentence }) => sentence.claims.length > 0).sort((a, b) => a.span[0] - b.span[0]);
    this.draw();
  }

  draw() {
    /** @type {Node[]} */
    const parts = [];
    let at = 0;
    for (const one of this.judged) {
      const [start, end] = one.span;
      if (start < at) continue;
      parts.push(document.createTextNode(this.text.slice(at, start)), this.span(one));
      at = end;
    }
    fill(this.mirror, ...parts, `${this.text.slice(at)}\u200b`);
    fill(this.margin, this.judged.map((one) => this.mark(one)));
    this.place();
  }

  /** @param {Judged} one */
  span({ sentence, span, kept }) {
    const label = sentence.claims.find((claim) => claim.label)?.label ?? null;
    return h("span", { class: `sentence ${kept ? "kept" : sentence.verdict}`, "data-label": label }, this.text.slice(...span));
  }

  /** @param {Judged} one */
  mark(one) {
    const verdict = one.kept ? "kept" : one.sentence.verdict;
    const said = t("mark.label", { verdict: t(`verdict.${verdict}`), text: this.text.slice(...one.span) });
    const made = h("button", { type: "button", class: `mark ${verdict}`, "aria-label": said, title: t(`verdict.${verdict}`) }, one.kept ? "✎" : SIGNS[one.sentence.verdict]);
    made.addEventListener("click", () => this.dispatchEvent(new CustomEvent("why", { detail: { one, mark: made } })));
    const label = one.sentence.claims.find((claim) => claim.label)?.label;
    if (label) links.attach(made, label);
    return made;
  }

  /** Put each mark beside the line where its sentence begins, or under the mark above. */
  place() {
    let free = 0;
    const spans = this.mirror.querySelectorAll(".sentence");
    [...this.margin.children].forEach((mark, number) => {
      const span = spans[number];
      if (!(mark instanceof HTMLElement) || !(span instanceof HTMLElement)) return;
      const [first] = span.getClientRects();
      const top = Math.max(free, first ? first.top - this.mirror.getBoundingClientRect().top : 0);
      mark.style.transform = `translateY(${top}px)`;
      free = top + MARK_PX;
    });
    this.margin.style.minHeight = `${free}px`;
  }

  /** The sentence under the pointer lights its finding. @param {MouseEvent} event */
  point({ clientX, clientY }) {
    const inside = ({ left, right, top, bottom } = new DOMRect()) => clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    const found = [...this.mirror.querySelectorAll(".sentence")].find((span) => [...span.getClientRects()].some(inside));
    links.light(found?.getAttribute("data-label") ?? null);
  }

  /** So does the one that the caret is in. */
  caret() {
    const at = this.field.selectionStart;
    const found = this.judged.find(({ span: [start, end] }) => at >= start && at <= end);
    links.light(found?.sentence.claims.find((claim) => claim.label)?.label ?? null);
  }
}
