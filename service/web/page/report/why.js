// Why a sentence has its mark, and what can be done about it.
import { button, h } from "../core/dom.js";
import { labelName, t } from "../core/texts.js";
import { links } from "../study/links.js";

/** @typedef {import("../types").Claim} Claim */
/** @typedef {import("./section.js").Judged} Judged */
/** @typedef {{remove: () => void, replace: ((text: string) => void) | null, keep: () => void, close: () => void}} Actions */

/** @param {Judged} one @param {string} text @param {string} safe "" where there is none @param {Actions} actions @param {boolean} isFinal */
export function why({ sentence, kept }, text, safe, actions, isFinal) {
  const verdict = kept ? "kept" : sentence.verdict;
  const doubtful = sentence.verdict !== "supported" && !kept && !isFinal;
  const card = h(
    "div",
    { class: `why ${verdict}`, role: "group", "aria-label": t(`verdict.${verdict}`), tabindex: -1 },
    h("p", { class: "verdict" }, h("strong", {}, t(`verdict.${verdict}`)), button("×", actions.close, { class: "bare", "aria-label": t("close") })),
    h("blockquote", {}, text),
    h("ul", {}, sentence.claims.map(claimed)),
    doubtful && safe ? h("p", { class: "safe" }, t("why.safe"), " ", h("q", {}, safe)) : null,
    h(
      "div",
      { class: "choices" },
      doubtful && safe && actions.replace ? button(t("why.replace"), () => actions.replace?.(safe), { class: "primary" }) : null,
      isFinal ? null : button(t("why.delete"), actions.remove),
      doubtful ? button(t("why.keep"), actions.keep) : null,
    ),
  );
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    actions.close();
  });
  return card;
}

/** @param {Claim} claim */
function claimed(claim) {
  const what = claim.label ? [labelName(claim.label), claim.polarity && t(`polarity.${claim.polarity}`), claim.side, claim.severity].filter(Boolean).join(", ") : t(`claim.${claim.kind}`);
  return h("li", {}, h("span", { class: `claim ${claim.verdict}` }, t(`verdict.${claim.verdict}`)), ` ${what}`, claim.reason ? h("span", { class: "reason" }, ` – ${claim.reason}`) : null, claim.support.map(support));
}

/** What a claim rests on: "finding:edema", "measure:...", "prior:...", "indication", "question", "passage:...". @param {string} name */
function support(name) {
  const [kind = "", what = ""] = name.split(":");
  const known = kind === "finding" || kind === "prior" ? labelName(what) : kind === "measure" ? t(`measure.${what}`) : what;
  const text = what ? `${t(`support.${kind}`)}: ${known}` : t(`support.${kind}`);
  if (kind !== "finding") return h("span", { class: "support" }, text);
  const made = button(text, () => links.pin(what), { class: "support link" });
  links.attach(made, what);
  return made;
}
