// The worklist's rows: pages of the service joined in its order, looked at again every few seconds.
import { get } from "../core/api.js";
import { whileSeen } from "../core/dom.js";

/** @typedef {import("../types").Brief} Study */
/** @typedef {Record<string, string>} Filters */

const PAGE = 50;
const AGAIN_MS = 5000;
const MOST_AGAIN = 200; // what the service gives at once

/** Emits "change" when rows came, went or changed, and "failed" with a Problem when they could not be had. */
export class Source extends EventTarget {
  constructor() {
    super();
    /** @type {Study[]} */
    this.rows = [];
    /** @type {string | null} */
    this.cursor = null;
    /** @type {Filters} */
    this.filters = {};
    this.loaded = false;
    this.turn = 0;
    this.more = false;
    whileSeen(() => void this.refresh(), AGAIN_MS);
  }

  /** @param {Filters} filters */
  filter(filters) {
    this.filters = filters;
    this.loaded = false;
    return this.load();
  }

  async load() {
    const turn = ++this.turn;
    const page = await this.ask({ limit: PAGE });
    if (!page || turn !== this.turn) return;
    this.rows = page.items;
    this.cursor = page.next_cursor;
    this.loaded = true;
    this.tell();
  }

  /** Fetch the next page, if there is one and none is under way. */
  async next() {
    if (!this.cursor || this.more) return;
    this.more = true;
    const turn = this.turn;
    const page = await this.ask({ limit: PAGE * 2, cursor: this.cursor });
    this.more = false;
    if (!page || turn !== this.turn) return;
    const known = new Set(this.rows.map((row) => row.id));
    this.rows = [...this.rows, ...page.items.filter((row) => !known.has(row.id))];
    this.cursor = page.next_cursor;
    this.tell();
  }

  /** Look again at the top of the list; what lies below what can be had at once stays as it was. */
  async refresh() {
    if (!this.loaded) return this.load();
    const turn = this.turn;
    const limit = Math.min(MOST_AGAIN, Math.max(PAGE, this.rows.length));
    const page = await this.ask({ limit });
    if (!page || turn !== this.turn || this.more) return;
    const known = new Set(page.items.map((row) => row.id));
    const below = this.rows.slice(limit).filter((row) => !known.has(row.id));
    if (!below.length) this.cursor = page.next_cursor;
    this.rows = [...page.items, ...below];
    this.tell();
  }

  /** @param {Record<string, string | number>} wanted @returns {Promise<import("../types").PageOf<Study> | null>} */
  async ask(wanted) {
    const given = Object.entries({ ...this.filters, ...wanted, brief: "true" }).filter(([, value]) => value !== "");
    const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    try {
      return await get(`/api/v1/studies?${query}`);
    } catch (problem) {
      this.dispatchEvent(new CustomEvent("failed", { detail: problem }));
      return null;
    }
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}
