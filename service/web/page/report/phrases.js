// The site's phrases, and the plain normal ones of this page for a site that has none.
import { get } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { catalogue, t } from "../core/texts.js";

/** @typedef {import("../types").Phrase} Phrase */
/** @typedef {import("../types").SectionName} SectionName */

const NORMAL = /** @type {const} */ ([["normal.lungs", "findings"], ["normal.pleura", "findings"], ["normal.heart", "findings"], ["normal.bones", "findings"], ["normal.impression", "impression"]]);

/** @param {string} language @returns {Promise<Phrase[]>} */
async function phrases(language) {
  const words = await catalogue(language);
  const own = NORMAL.map(([id, section]) => ({ id: words[`${id}.name`] ?? id, section, language, text: words[id] ?? "" }));
  try {
    const { items, site } = await get("/api/v1/phrases");
    return [...[...site, ...items].filter((/** @type {Phrase} */ one) => one.language === language), ...own];
  } catch {
    return own;
  }
}

/** A menu that puts a phrase where the caret was. @param {string} language @param {(section: SectionName, text: string) => void} put */
export function phraseMenu(language, put) {
  const select = h("select", { "aria-label": t("phrases.label"), class: "phrases" }, h("option", { value: "" }, t("phrases.label")));
  /** @type {Phrase[]} */
  let known = [];
  const load = async () => {
    known = await phrases(language);
    const sections = [...new Set(known.map((one) => one.section))];
    const groups = sections.map((section) => h("optgroup", { label: t(`section.${section}`) }, known.flatMap((one, number) => (one.section === section ? [h("option", { value: number, title: one.text }, one.id)] : []))));
    fill(select, h("option", { value: "" }, t("phrases.label")), groups);
  };
  void load();
  select.addEventListener("change", () => {
    const one = known[Number(select.value)];
    select.value = "";
    if (one) put(one.section, one.text);
  });
  return select;
}
