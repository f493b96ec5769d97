// One report while it is worked on: what is typed is kept here at once, with the service a moment later, and can be undone.
import { get, Problem, send } from "../core/api.js";
import { debounced } from "../core/dom.js";
import { Journal } from "../core/journal.js";
import { History } from "./history.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("../types").Sections} Sections */
/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {{section: string, text: string, reason: string}} Remark */

export const SECTIONS = /** @type {SectionName[]} */ (["indication", "technique", "comparison", "findings", "impression"]);
const SAVE_AFTER_MS = 900;
const AGAIN_MS = 5000;
const [LOST_UPDATE, FINAL] = [412, 409];
/** @param {Problem} problem */
const isOvertaking = ({ status }) => status === LOST_UPDATE || status === FINAL;

/**
 * Emits "text" (a section's name) when a text changed otherwise than by typing, "state" (saved, typing, saving, offline, conflict,
 * failed), "saved" with the report, "conflict" with the report as it is at the service.
 */
export class Working extends EventTarget {
  /** @param {Report} report @param {string} reader */
  constructor(report, reader) {
    super();
    this.report = report;
    /** @type {Sections} */
    this.sections = { ...report.sections };
    this.journal = new Journal(reader, report.id);
    this.history = new History();
    this.state = "saved";
    /** @type {Promise<void> | null} */
    this.saving = null;
    /** @type {{kept: Remark[], accepted: Remark[]}} */
    this.remarks = { kept: [], accepted: [] };
    this.later = debounced(() => void this.save(), SAVE_AFTER_MS);
    this.restored = this.restore();
    if (this.restored) this.state = "typing";
  }

  get isFinal() {
    return this.report.state === "signed" || this.report.state === "addended";
  }

  get isDirty() {
    return this.changes().length > 0 || this.remarks.kept.length > 0 || this.remarks.accepted.length > 0;
  }

  changes() {
    return SECTIONS.filter((name) => this.sections[name] !== this.report.sections[name]);
  }

  /** Take up what was typed before a reload or a crash. */
  restore() {
    const entry = this.journal.read();
    if (!entry || this.isFinal) return false;
    this.sections = { ...this.report.sections, ...entry.sections };
    if (!this.changes().length) {
      this.journal.clear();
      return false;
    }
    if (entry.version !== this.report.version) {
      const present = this.report;
      this.report = { ...present, version: entry.version, sections: entry.base };
      queueMicrotask(() => this.tell("conflict", present));
    } else this.later();
    return true;
  }

  /** What the reader typed, or had put in. @param {SectionName} section @param {string} text @param {boolean} [typed] */
  edit(section, text, typed = false) {
    if (this.isFinal || text === this.sections[section]) return;
    this.history.note(section, this.sections[section], typed);
    this.put(section, text, typed);
  }

  /** @param {SectionName} section @param {string} text @param {boolean} typed */
  put(section, text, typed) {
    this.sections[section] = text;
    this.journal.write({ version: this.report.version, base: this.report.sections, sections: this.sections });
    if (!typed) this.tell("text", section);
    this.become("typing");
    this.later();
  }

  /** @param {"undo" | "redo"} way */
  travel(way) {
    const found = this.history.step(way, this.sections);
    if (found) this.put(found.section, found.text, false);
    return found?.section ?? null;
  }

  /** Record what the reader decided about a sentence. @param {"kept" | "accepted"} kind @param {Remark} remark */
  remark(kind, remark) {
    this.remarks[kind].push(remark);
    this.become("typing");
    this.later();
  }

  /** Save now what waits, and return once nothing does. Raises Problem. */
  async flush() {
    this.later.cancel();
    await this.save();
    if (this.isDirty) throw new Problem(0, {});
  }

  async save() {
    if (this.saving) await this.saving;
    if (!this.isDirty || this.isFinal || this.state === "conflict") return this.isDirty ? undefined : this.become("saved");
    this.saving = this.patch().finally(() => void (this.saving = null));
    await this.saving;
  }

  async patch() {
    this.become("saving");
    const remarks = this.remarks;
    this.remarks = { kept: [], accepted: [] };
    const body = Object.fromEntries(this.changes().map((name) => [name, this.sections[name]]));
    const version = { "If-Match": `"${this.report.version}"` };
    try {
      const answer = await send("PATCH", this.report.links.self, { ...body, ...remarks }, { headers: version });
      this.took(await answer.json());
    } catch (error) {
      this.remarks = { kept: [...remarks.kept, ...this.remarks.kept], accepted: [...remarks.accepted, ...this.remarks.accepted] };
      await this.refused(/** @type {Problem} */ (error));
    }
  }

  /** @param {Report} report as the service has it now */
  took(report) {
    this.report = report;
    if (this.isDirty) {
      this.journal.write({ version: report.version, base: report.sections, sections: this.sections });
      this.later();
    } else this.journal.clear();
    this.become(this.isDirty ? "typing" : "saved");
    this.tell("saved", report);
  }

  /** @param {Problem} problem */
  async refused(problem) {
    if (await this.overtaken(problem)) return;
    const passing = problem.status === 0 || problem.status >= 500 || isOvertaking(problem);
    this.become(passing ? "offline" : "failed", problem.message);
    if (passing) setTimeout(() => void this.save(), AGAIN_MS);
  }

  /** Whether somebody else changed or signed the report meanwhile; then "conflict" tells how it is now. @param {Problem} problem */
  async overtaken(problem) {
    const present = isOvertaking(problem) && (await get(this.report.links.self).catch(() => null));
    if (!present) return false;
    this.become("conflict");
    this.tell("conflict", present);
    return true;
  }

  /** Go on from the service's version with these texts. @param {Report} present @param {Sections} sections */
  settle(present, sections) {
    this.report = present;
    this.state = "saved";
    for (const name of SECTIONS) {
      if (sections[name] === this.sections[name]) continue;
      this.history.note(name, this.sections[name], false);
      this.sections[name] = sections[name];
      this.tell("text", name);
    }
    this.took(present);
  }

  /** @param {string} state @param {string} [why] */
  become(state, why = "") {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, why } }));
  }

  /** @param {string} name @param {unknown} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
