// The tags of the file that the service keeps: those that name no one.
import { reason } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
/** @import { Tag, Words } from "./types" */

export class Tags {
  /** @param {Words} words @param {() => void} closed */
  constructor(words, closed) {
    this.words = words;
    this.closed = closed;
    const title = words("tags");
    this.body = h("tbody");
    this.state = h("p", { role: "status" });
    this.filter = h("input", { type: "search", "aria-label": words("tags.filter"), placeholder: words("tags.filter"), oninput: () => this.draw() });
    const head = h("tr", {}, h("th", { scope: "col" }, words("tags.name")), h("th", { scope: "col" }, words("tags.value")));
    const box = h("div", { tabindex: 0, role: "group", "aria-label": title }, h("table", {}, h("thead", {}, head), this.body));
    const close = button("×", () => this.close(), { "aria-label": words("close") });
    this.element = h("aside", { class: "viewer-tags", hidden: true, "aria-label": title }, h("h2", {}, title), close, this.filter, this.state, box);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      event.stopPropagation(); // letters typed here are no commands
    });
    /** @type {Tag[]} */
    this.rows = [];
  }

  /** @param {Promise<{tags: Tag[]}>} asked */
  async open(asked) {
    this.element.hidden = false;
    this.filter.focus();
    this.rows = [];
    this.draw(this.words("loading"));
    try {
      this.rows = (await asked).tags;
      this.draw();
    } catch (error) {
      this.draw(this.words("tags.failed", { why: reason(error) }));
    }
  }

  close() {
    this.element.hidden = true;
    this.closed();
  }

  /** @param {string} [state] */
  draw(state) {
    const wanted = this.filter.value.trim().toLowerCase();
    const rows = this.rows.filter(({ tag, name, value }) => `${tag} ${name} ${value}`.toLowerCase().includes(wanted));
    this.state.textContent = state ?? (rows.length ? "" : this.words("tags.none"));
    fill(this.body, rows.map(({ tag, name, value }) => h("tr", {}, h("th", { scope: "row" }, name, tag && h("small", {}, tag)), h("td", {}, value))));
  }
}
