// The viewer's buttons. Each says its key, so that it is needed once.
import { h, put } from "../core/dom.js";
import { KEYS } from "./keyboard.js";
import { PRESETS } from "./windowing.js";
/** @import { Words } from "./types" */

const GROUPS = [["invert"], ["fit", "actual", "zoomOut", "zoomIn"], ["rotate", "flipH"], ["magnifier", "length", "ctr"], ["prior", "sync"], ["tags", "reset"]];

export class Bar {
  /** @param {Words} words @param {(command: string) => void} act */
  constructor(words, act) {
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    const options = PRESETS.map((name, place) => h("option", { value: place + 1 }, `${place + 1} ${words(`preset.${name}`)}`));
    options.push(h("option", { value: 0, hidden: true }, words("preset.own")));
    this.preset = h("select", { "aria-label": words("preset"), onchange: () => act(`preset:${this.preset.value}`) }, options);
    const groups = GROUPS.map((names) => h("div", { class: "viewer-group" }, names.map((name) => this.button(name, words(name), act))));
    this.opacity = h("input", { type: "range", oninput: () => act(`opacity:${this.opacity.value}`) });
    this.heat = h("label", {}, words("opacity"), this.opacity);
    this.element = h("div", { class: "viewer-bar", role: "toolbar", "aria-label": words("bar") }, this.preset, groups, this.heat);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.rove(this.preset);
  }

  /** @param {string} name @param {string} label @param {(command: string) => void} act */
  button(name, label, act) {
    const made = h("button", { type: "button", "aria-label": label, title: `${label} (${KEYS[name][0].toUpperCase()})`, onclick: () => act(name) }, sign(name));
    this.buttons.set(name, made);
    return made;
  }

  /** @param {Record<string, boolean>} pressed by command @param {{prior: boolean, preset: number, opacity: number | null}} state */
  show(pressed, { prior, preset, opacity }) {
    for (const [name, made] of this.buttons) {
      if (name in pressed) put(made, "aria-pressed", String(pressed[name]));
      if (name === "prior" || name === "sync") made.hidden = !prior;
    }
    this.preset.value = String(preset);
    this.heat.hidden = opacity === null;
    if (opacity !== null) this.opacity.value = String(opacity * 100);
  }

  /** One stop for Tab; arrows go from there (ARIA toolbar). @param {HTMLElement} stop */
  rove(stop) {
    for (const one of [this.preset, ...this.buttons.values()]) one.tabIndex = one === stop ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const stops = [this.preset, ...this.buttons.values()].filter((one) => !one.hidden);
    const place = stops.findIndex((one) => one === event.target);
    if (!step || place < 0) return;
    const next = stops[(place + step + stops.length) % stops.length];
    this.rove(next);
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

/** @param {string} name of a symbol in icons.svg */
function sign(name) {
  const [drawn, use] = ["svg", "use"].map((kind) => document.createElementNS("http://www.w3.org/2000/svg", kind));
  drawn.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${new URL("icons.svg", import.meta.url).pathname}#${name}`);
  drawn.append(use);
  return drawn;
}
