// Questions that must be answered before one goes on. The browser keeps the focus inside and gives it back.
import { button, h } from "./dom.js";
import { t } from "./texts.js";

/** @typedef {{value: string, label: string, kind?: string}} Choice */

/**
 * Ask; resolves to the value chosen, "" when it was left.
 * @param {string} title @param {(Node | string)[]} body @param {Choice[]} choices
 * @param {{closable?: boolean, wide?: boolean}} [how] @returns {Promise<string>}
 */
export function ask(title, body, choices, { closable = true, wide = false } = {}) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const buttons = choices.map(({ value, label, kind }) => h("button", { value, class: kind ?? "" }, label));
  const form = h("form", { method: "dialog" }, heading, ...body, h("div", { class: "choices" }, buttons));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", class: wide ? "wide" : "" }, form);
  if (closable) dialog.append(button("×", () => dialog.close(""), { class: "bare corner", "aria-label": t("close") }));
  dialog.addEventListener("cancel", (event) => {
    if (!closable) event.preventDefault();
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
