// The page's words, by key, from texts/<language>.json. {name} stands for a value; ".one" and ".other" for a number's form.

export const LANGUAGES = ["en", "de"];
/** @type {Map<string, Promise<Record<string, string>>>} */
const loading = new Map();
/** @type {Record<string, string>} */
let words = {};

export const language = () => document.documentElement.lang;

/** @param {string} wanted @returns {Promise<Record<string, string>>} */
export function catalogue(wanted) {
  const known = LANGUAGES.includes(wanted) ? wanted : "en";
  const found = loading.get(known) ?? fetch(new URL(`../texts/${known}.json`, import.meta.url)).then((answer) => answer.json());
  loading.set(known, found);
  return found;
}

export async function loadTexts() {
  words = await catalogue(language());
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.getAttribute("data-t") ?? "");
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.getAttribute("data-t-label") ?? ""));
    if (element instanceof HTMLInputElement) element.placeholder = t(element.getAttribute("data-t-label") ?? "");
  }
}

/** @param {string} key @param {Record<string, string | number>} [values] */
export const t = (key, values = {}) => say(words, language(), key, values);

/**
 * As t, in another language than the page's: that of a report.
 * @param {Record<string, string>} from @param {string} tongue @param {string} key @param {Record<string, string | number>} [values]
 */
export function say(from, tongue, key, values = {}) {
  const counted = typeof values.n === "number" ? `${key}.${new Intl.PluralRules(tongue).select(values.n)}` : key;
  const text = from[counted] ?? from[`${key}.other`] ?? from[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export const has = (/** @type {string} */ key) => key in words;
/** What a finding is called. @param {string} label */
export const labelName = (label) => (has(`label.${label}`) ? t(`label.${label}`) : label.replaceAll("_", " "));
/** @param {number} share 0 to 1 */
export const percent = (share) => `${share > 0 && share < 0.01 ? "<1" : share < 1 && share > 0.99 ? ">99" : Math.round(share * 100)}\u202f%`;

/** What writes times in the page's language; made once, because a worklist has many. @type {Map<string, any>} */
const writers = new Map();
/** @template T @param {string} name @param {() => T} make @returns {T} */
function writer(name, make) {
  if (!writers.has(name)) writers.set(name, make());
  return writers.get(name);
}

/** How long ago. @param {string} time RFC 3339 */
export function ago(time) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const said = writer("ago", () => new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" }));
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of units) if (-seconds >= length) return said.format(Math.round(seconds / length), unit);
  return t("time.now");
}

/** @param {string} time RFC 3339 */
export const moment = (time) => writer("moment", () => new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" })).format(new Date(time));
