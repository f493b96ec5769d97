// The viewer's words, from texts/<language>.json. {name} stands for a value.
/** @import { Words } from "./types" */

const load = async (/** @type {string} */ lang) => (await fetch(new URL(`texts/${lang}.json`, import.meta.url))).json();
/** @type {Record<string, string>[]} */
const [en, de] = await Promise.all([load("en"), load("de")]);

/** @param {string} lang English where it is not known @returns {Words} */
export function wordsOf(lang) {
  const texts = lang.startsWith("de") ? de : en;
  return (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
