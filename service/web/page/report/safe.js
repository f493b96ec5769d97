// Safe wording: what the experts do say of a finding, as a plain sentence in the report's language.
import { catalogue, say } from "../core/texts.js";

/** @typedef {import("../types").Finding} Finding */

/** @param {string} label @param {Finding[]} findings @param {string} language @returns {Promise<string>} */
export async function safeWording(label, findings, language) {
  const words = await catalogue(language);
  const found = findings.find((one) => one.label === label);
  const key = found ? (found.uncertain ? "uncertain" : found.polarity) : "unread";
  const name = words[`safe.name.${label}`] ?? words[`label.${label}`] ?? label.replaceAll("_", " ");
  const text = say(words, language, `safe.${key}`, { name });
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** For a sentence with several claims: one for each finding it speaks of. @param {import("../types").Sentence} sentence @param {Finding[]} findings @param {string} language */
export async function safeFor(sentence, findings, language) {
  const labels = new Set(sentence.claims.map((claim) => claim.label).filter((label) => label !== null));
  const said = await Promise.all([...labels].map((label) => safeWording(label, findings, language)));
  return said.join(" ");
}
