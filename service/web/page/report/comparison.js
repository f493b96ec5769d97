// The machine's first draft beside the present text, section by section.
import { get, reason } from "../core/api.js";
import { button, fill, h, put } from "../core/dom.js";
import { announce, notify } from "../core/speak.js";
import { t } from "../core/texts.js";
import { shown } from "./diff.js";
import { SECTIONS } from "./working.js";

export class Comparison {
  /** @param {import("./pane.js").ReportPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.compared = false;
  }

  get button() {
    return button(t("report.compare"), (event) => void this.toggle(event.currentTarget), { "aria-pressed": String(this.compared) });
  }

  /** Set the machine's draft beside the present text. @param {Element} pressed */
  async toggle(pressed) {
    this.compared = !this.compared;
    put(pressed, "aria-pressed", String(this.compared));
    for (const { below } of this.pane.sections.values()) fill(below);
    if (!this.compared) return;
    try {
      const { working } = this.pane;
      const { items } = await get(working.report.links.history);
      for (const name of SECTIONS) this.show(name, items[0].sections[name], working.sections[name]);
      announce(t("report.against"));
    } catch (error) {
      notify(reason(error), { failed: true });
    }
  }

  /** @param {import("../types").SectionName} name @param {string} first @param {string} now */
  show(name, first, now) {
    const differing = first !== now && h("div", { class: "compared" }, h("p", { class: "quiet" }, t("report.against")), shown(first, now));
    fill(this.pane.section(name).below, differing);
  }
}
