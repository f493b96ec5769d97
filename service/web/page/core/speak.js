// What happens, said to eyes (a line that goes away) and to screen readers (politely).
import { button, fill, h, the } from "./dom.js";
import { t } from "./texts.js";

const PAUSE_MS = 50; // the same words twice are said twice
/** @type {string[]} */
let waiting = [];

/** Tell a screen reader; what comes at once is told together. @param {string} text */
export function announce(text) {
  const at = the("announcer");
  at.textContent = "";
  if (!waiting.length) {
    setTimeout(() => {
      at.textContent = waiting.join(" ");
      waiting = [];
    }, PAUSE_MS);
  }
  waiting.push(text);
}

let timer = 0;
/**
 * Show a line; a failure stays until it is closed.
 * @param {string} text @param {{failed?: boolean, action?: [string, () => void]}} [how]
 */
export function notify(text, { failed = false, action } = {}) {
  const at = the("notice");
  clearTimeout(timer);
  const close = () => {
    at.hidden = true;
    fill(at);
  };
  at.className = failed ? "failed" : "";
  at.hidden = false;
  fill(
    at,
    h("p", {}, text),
    action && button(action[0], () => (close(), action[1]())),
    button("×", close, { "aria-label": t("close"), class: "bare" }),
  );
  announce(text);
  if (!failed) timer = window.setTimeout(close, action ? 12000 : 6000);
}
