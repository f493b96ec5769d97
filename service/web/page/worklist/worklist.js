// The worklist: a listbox of studies, the most urgent first, that follows what happens at the service.
import { button, debounced, fill, h, put, the } from "../core/dom.js";
import { labelName, t } from "../core/texts.js";
import { mark, row } from "./row.js";
import { Source } from "./source.js";
import { Windowed } from "./windowed.js";

/** @typedef {import("../types").Brief} Study */

const ROW_PX = 84;
const LABELS = ["pneumothorax", "edema", "pneumonia", "consolidation", "pleural_effusion", "cardiomegaly", "atelectasis", "mass", "nodule",
  "lung_opacity", "lung_lesion", "infiltration", "fracture", "emphysema", "fibrosis", "pleural_thickening", "enlarged_cardiomediastinum", "hernia"];

export class Worklist {
  /** @param {(id: string) => void} open */
  constructor(open) {
    this.open = open;
    this.source = new Source();
    this.box = the("rows-box");
    this.list = the("rows");
    this.active = "";
    this.chosen = "";
    /** @type {string} */
    this.seen = "";
    this.window = new Windowed(this.box, this.list, {
      height: ROW_PX,
      key: (/** @type {Study} */ study) => study.id,
      draw: (study, place) => row(study, place, this.total(), study.id === this.chosen),
      place: (made, place) => this.mark(made, place),
      end: () => void this.source.next(),
    });
    this.source.addEventListener("change", () => this.show());
    this.source.addEventListener("failed", (event) => this.fail(/** @type {CustomEvent} */ (event).detail));
    this.list.addEventListener("click", (event) => {
      const found = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (found) this.open(found.getAttribute("data-id") ?? "");
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.installFilters();
  }

  installFilters() {
    const form = /** @type {HTMLFormElement} */ (the("filters"));
    const finding = /** @type {HTMLSelectElement} */ (form.elements.namedItem("finding"));
    for (const label of LABELS) finding.append(h("option", { value: label }, labelName(label)));
    const apply = () => void this.source.filter(asked(form));
    form.addEventListener("input", debounced(apply, 250));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
    });
    form.addEventListener("reset", () => setTimeout(apply));
  }

  total() {
    return this.source.cursor ? -1 : this.source.rows.length; // -1: not known yet (ARIA)
  }

  show() {
    const rows = this.steady(this.source.rows);
    const filtered = Object.values(this.source.filters).some(Boolean);
    this.list.hidden = !rows.length;
    put(this.box, "tabindex", rows.length ? null : -1);
    the("rows-count").textContent = rows.length ? t(this.source.cursor ? "list.more" : "list.count", { n: rows.length }) : "";
    if (rows.length) fill(the("rows-state"));
    else fill(the("rows-state"), h("p", {}, t(filtered ? "list.nothing" : "list.empty")), filtered ? button(t("list.reset"), () => /** @type {HTMLFormElement} */ (the("filters")).reset()) : null);
    this.window.show(rows);
    document.dispatchEvent(new CustomEvent("worklist", { detail: { rows, filtered } }));
  }

  /** Keep the very row that is drawn where nothing of it changed. @param {Study[]} rows */
  steady(rows) {
    const known = new Map(this.window.items.map((item) => [item.id, item]));
    return rows.map((fresh) => {
      const before = known.get(fresh.id);
      return before && before !== fresh && JSON.stringify(before) === JSON.stringify(fresh) ? before : fresh;
    });
  }

  /** @param {Error} problem */
  fail(problem) {
    if (this.window.items.length) return; // what is on the screen is still right; the service's state says the rest
    fill(the("rows-state"), h("p", {}, problem.message), button(t("retry"), () => void this.source.load()));
  }

  /** @param {HTMLElement} made @param {number} place */
  mark(made, place) {
    const id = made.getAttribute("data-id") ?? "";
    mark(made, place, this.total(), id === this.chosen);
    made.classList.toggle("active", id === this.active);
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    this.activate(id);
    document.dispatchEvent(new CustomEvent("chosen", { detail: id }));
  }

  /** @param {string} id */
  activate(id) {
    this.active = id;
    const place = this.place(id);
    if (place >= 0) this.window.reveal(place);
    put(this.list, "aria-activedescendant", place >= 0 ? `row-${id}` : null);
    this.window.render();
  }

  /** @param {string} id */
  place(id) {
    return this.window.items.findIndex((study) => study.id === id);
  }

  /** The study that many rows on. @param {number} steps @param {string} from */
  neighbour(steps, from) {
    const items = this.window.items;
    const place = this.place(from);
    return items[Math.min(items.length - 1, Math.max(0, place < 0 ? 0 : place + steps))]?.id ?? "";
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_PX) - 1);
    const end = this.window.items.length;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, End: end, Home: -end };
    const step = steps[event.key];
    if (step !== undefined) this.activate(this.neighbour(step, this.active));
    else if ((event.key === "Enter" || event.key === " ") && this.active) this.open(this.active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** What the form asks for, in the service's terms. @param {HTMLFormElement} form @returns {Record<string, string>} */
function asked(form) {
  const { state = "", ...others } = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
  const status = state === "received" ? state : "";
  const signed = state === "signed" ? "true" : state === "open" ? "false" : "";
  return { ...others, status, signed };
}
