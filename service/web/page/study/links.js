// A finding, its sentence and its place on the film are one thing: what lights one lights the others.

/** Emits "light" with the label that is looked at, or null. */
class Links extends EventTarget {
  /** @type {string | null} */
  pinned = null;
  /** @type {string | null} */
  lit = null;

  /** @param {string | null} label */
  light(label) {
    const next = label ?? this.pinned;
    if (next === this.lit) return;
    this.lit = next;
    for (const one of document.querySelectorAll("[data-label]")) one.classList.toggle("lit", next !== null && one.getAttribute("data-label") === next);
    this.dispatchEvent(new CustomEvent("light", { detail: next }));
  }

  /** Keep a finding lit until it is chosen again. @param {string | null} label */
  pin(label) {
    this.pinned = label === this.pinned ? null : label;
    for (const one of document.querySelectorAll("[data-label][aria-pressed]")) one.setAttribute("aria-pressed", String(one.getAttribute("data-label") === this.pinned));
    this.light(this.pinned);
    this.dispatchEvent(new CustomEvent("pin", { detail: this.pinned }));
  }

  /** @param {Element} element @param {string} label */
  attach(element, label) {
    for (const name of ["mouseenter", "focusin"]) element.addEventListener(name, () => this.light(label));
    for (const name of ["mouseleave", "focusout"]) element.addEventListener(name, () => this.light(null));
  }
}

export const links = new Links();
