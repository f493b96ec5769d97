// Light or dark, English or German: the reader's choice, kept in this browser.
import { put, the } from "./dom.js";
import { language, LANGUAGES } from "./texts.js";

const THEMES = ["system", "dark", "light"];

export function installLook() {
  const theme = /** @type {HTMLSelectElement} */ (the("theme"));
  theme.value = localStorage.getItem("cxr.theme") ?? THEMES[0];
  theme.addEventListener("change", () => {
    localStorage.setItem("cxr.theme", theme.value);
    put(document.documentElement, "data-theme", theme.value === "system" ? null : theme.value);
  });
  const tongue = /** @type {HTMLSelectElement} */ (the("language"));
  tongue.value = LANGUAGES.includes(language()) ? language() : "en";
  tongue.addEventListener("change", () => {
    localStorage.setItem("cxr.language", tongue.value);
    location.reload(); // the journal keeps what is being typed
  });
}
