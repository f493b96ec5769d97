// Single keys, as at every reading station; they can be turned off (WCAG 2.1.4) and are silent while one types.
import { ask } from "./dialog.js";
import { h, isTyping } from "./dom.js";
import { t } from "./texts.js";

/** @typedef {{keys: string[], text: string, action: (event: KeyboardEvent) => void, always?: boolean}} Shortcut */

/** @type {Shortcut[]} */
const shortcuts = [];
const OFF = "cxr.keys";

/** @param {...Shortcut} added */
export const addKeys = (...added) => void shortcuts.push(...added);

/** @param {KeyboardEvent} event */
const nameOf = (event) => `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;

export function installKeys() {
  addKeys({ keys: ["?"], text: "keys.list", action: showKeys });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    const found = shortcuts.find(({ keys }) => keys.includes(name));
    if (!found || (!found.always && (isTyping(event.target) || localStorage.getItem(OFF)))) return;
    event.preventDefault();
    found.action(event);
  });
}

export async function showKeys() {
  const off = h("input", { type: "checkbox", checked: !localStorage.getItem(OFF) });
  const rows = shortcuts.map(({ keys, text }) =>
    h("tr", {}, h("td", {}, keys.map((name) => h("kbd", {}, t(`key.${name}`) === `key.${name}` ? name.toUpperCase() : t(`key.${name}`)))), h("td", {}, t(text))),
  );
  const head = h("tr", {}, h("th", { scope: "col" }, t("keys.key")), h("th", { scope: "col" }, t("keys.does")));
  const table = h("table", { class: "keys", tabindex: -1, autofocus: true }, h("thead", {}, head), h("tbody", {}, rows));
  const mouse = h("p", { class: "quiet" }, t("keys.mouse"));
  await ask(t("keys.title"), [table, mouse, h("label", { class: "check" }, off, t("keys.on"))], [{ value: "ok", label: t("close") }]);
  if (off.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "off");
}
