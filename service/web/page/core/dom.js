// Elements without markup in strings: nothing that was sent to the page can become part of it as HTML.

/** @typedef {string | number | Node | null | undefined | false} Child */

/**
 * Make an element. Attributes named on... are listeners; true is an attribute without a value; null and false are none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else put(made, key, value);
  }
  fill(made, ...children);
  return made;
}

/** Set an attribute, or take it away for null and false. @param {Element} on @param {string} key @param {any} value */
export function put(on, key, value) {
  if (value === null || value === undefined || value === false) on.removeAttribute(key);
  else on.setAttribute(key, value === true ? "" : String(value));
}

/** Replace what is in an element. @param {Element} into @param {...(Child | Child[])} children */
export function fill(into, ...children) {
  const kept = children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== "");
  into.replaceChildren(.../** @type {(string | Node)[]} */ (kept.map((child) => (child instanceof Node ? child : String(child)))));
}

/** The element of an id that index.html holds. @param {string} id @returns {HTMLElement} */
export function the(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * A button that is no submit button.
 * @param {string} label @param {(event: any) => void} action @param {Record<string, any>} [attributes]
 */
export const button = (label, action, attributes = {}) => h("button", { type: "button", onclick: action, ...attributes }, label);

/**
 * Call at most once after a silence; flush calls at once what waits.
 * @param {() => void} action @param {number} milliseconds
 */
export function debounced(action, milliseconds) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(action, milliseconds);
  };
  return Object.assign(later, { cancel: () => clearTimeout(timer) });
}

/** Do again and again while somebody looks, and at once when somebody looks again. @param {() => void} action @param {number} milliseconds */
export function whileSeen(action, milliseconds) {
  const seen = () => {
    if (!document.hidden) action();
  };
  setInterval(seen, milliseconds);
  document.addEventListener("visibilitychange", seen);
}

/** Whether keys that someone presses are words. @param {EventTarget | null} target */
export const isTyping = (target) => target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
