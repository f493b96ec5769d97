// Copying. A hospital's network is often plain HTTP, where browsers have no clipboard API.
import { h } from "./dom.js";
import { t } from "./texts.js";

/** Raises Error, in words for the reader, where the browser does not let it. @param {string} text */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = h("textarea", { class: "unseen", readonly: true }, text);
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error(t("export.nocopy"));
}
