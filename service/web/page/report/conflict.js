// Two people changed one report: what only one of them changed is taken; for the rest the reader chooses.
import { reason } from "../core/api.js";
import { copy } from "../core/clipboard.js";
import { ask } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { notify } from "../core/speak.js";
import { t } from "../core/texts.js";
import { shown } from "./diff.js";
import { SECTIONS } from "./working.js";

/** @typedef {import("../types").Sections} Sections */
/** @typedef {import("../types").SectionName} SectionName */

/**
 * @param {Sections} base what both began with @param {Sections} mine @param {Sections} theirs @param {boolean} isFinal
 * @returns {Promise<{sections: Sections, rest: string}>} the sections to go on from; what is to become an addendum
 */
export async function resolve(base, mine, theirs, isFinal) {
  const both = SECTIONS.filter((name) => mine[name] !== theirs[name] && mine[name] !== base[name] && (theirs[name] !== base[name] || isFinal));
  const merged = Object.fromEntries(SECTIONS.map((name) => [name, mine[name] === base[name] ? theirs[name] : mine[name]]));
  const settled = /** @type {Sections} */ (merged);
  if (isFinal) return lost(both, mine, theirs);
  if (!both.length) return { sections: settled, rest: "" };
  const fields = both.map((name) => choice(name, mine[name], theirs[name]));
  await ask(t("conflict.title"), [h("p", {}, t("conflict.text")), ...fields.map(({ element }) => element)], [{ value: "ok", label: t("conflict.go"), kind: "primary" }], { closable: false, wide: true });
  for (const { name, value } of fields) settled[name] = value();
  return { sections: settled, rest: "" };
}

/** @param {SectionName} name @param {string} mine @param {string} theirs */
function choice(name, mine, theirs) {
  const texts = { mine, theirs, both: `${theirs}\n${mine}` };
  const radio = (/** @type {string} */ value) => h("label", { class: "check" }, h("input", { type: "radio", name: `conflict-${name}`, value, checked: value === "mine" }), t(`conflict.${value}`));
  const group = h("fieldset", {}, h("legend", {}, t(`section.${name}`)), shown(theirs, mine), h("div", { class: "row-of" }, ["mine", "theirs", "both"].map(radio)));
  const value = () => {
    const picked = /** @type {HTMLInputElement | null} */ (group.querySelector("input:checked"));
    return texts[/** @type {keyof typeof texts} */ (picked?.value ?? "mine")];
  };
  return { name, element: group, value };
}

/** It was signed meanwhile: nothing can be merged, but nothing typed is lost either. @param {SectionName[]} names @param {Sections} mine @param {Sections} theirs */
async function lost(names, mine, theirs) {
  if (!names.length) return { sections: theirs, rest: "" };
  const text = names.map((name) => `${t(`section.${name}`)}\n${mine[name]}`).join("\n\n");
  const field = h("textarea", { rows: 8, readonly: true, "aria-label": t("conflict.yours") }, text);
  const choices = [{ value: "add", label: t("addendum.button"), kind: "primary" }, { value: "copy", label: t("export.copy") }, { value: "ok", label: t("conflict.drop") }];
  const chosen = await ask(t("conflict.signed"), [h("p", {}, t("conflict.signedText")), field], choices, { closable: false, wide: true });
  if (chosen === "copy") await copy(text).catch((error) => notify(reason(error), { failed: true }));
  return { sections: theirs, rest: chosen === "add" ? text : "" };
}
