// What stands under an answer: the findings and passages that it rests on, its doubts, its way into the report.
import { button, h } from "../core/dom.js";
import { labelName, t } from "../core/texts.js";
import { links } from "../study/links.js";

/** @typedef {import("../types").Turn} Turn */
/** @typedef {import("../types").Passage} Passage */

/** @param {Turn} turn @param {(text: string) => void} quote @returns {Node[]} */
export function answerFoot(turn, quote) {
  const doubtful = (turn.verification?.sentences ?? []).filter((one) => one.verdict === "contradicted" || one.verdict === "unsupported");
  const cited = turn.citations.map((label) => {
    const made = button(labelName(label), () => links.pin(label), { class: "chip cite", "data-label": label, "aria-pressed": "false" });
    links.attach(made, label);
    return made;
  });
  const parts = [
    doubtful.length ? h("ul", { class: "doubts" }, doubtful.map((one) => h("li", { class: one.verdict }, h("strong", {}, t(`verdict.${one.verdict}`)), `: ${one.text}`))) : null,
    cited.length ? h("p", { class: "cited" }, h("span", { class: "quiet" }, t("chat.rests")), cited) : null,
    ...turn.passages.map(passage),
    turn.failure ? h("p", { class: "quiet" }, turn.failure) : null,
    turn.text ? h("p", {}, button(t("chat.quote"), () => quote(turn.text), { class: "link" })) : null,
  ];
  return parts.filter((part) => part !== null);
}

/** @param {Passage} passage */
const passage = ({ id, title, text }) => h("details", { class: "passage", "data-passage": id }, h("summary", {}, title), h("p", {}, text));
