// Undo and redo over all sections of a report. What is typed in one go is undone in one go.

/** @typedef {import("../types").SectionName} SectionName */
/** @typedef {{section: SectionName, text: string}} Step */

const ONE_GO_MS = 1200;
const MOST = 300;

export class History {
  /** @type {Step[]} */
  back = [];
  /** @type {Step[]} */
  ahead = [];
  last = { at: 0, section: "" };

  /** Remember a text before it changes. @param {SectionName} section @param {string} text @param {boolean} typed */
  note(section, text, typed) {
    const now = Date.now();
    const goesOn = typed && this.last.section === section && now - this.last.at < ONE_GO_MS;
    this.last = typed ? { at: now, section } : { at: 0, section: "" };
    this.ahead = [];
    if (goesOn) return;
    this.back.push({ section, text });
    if (this.back.length > MOST) this.back.shift();
  }

  /** @param {"undo" | "redo"} way @param {Record<SectionName, string>} now @returns {Step | null} */
  step(way, now) {
    const [from, to] = way === "undo" ? [this.back, this.ahead] : [this.ahead, this.back];
    const found = from.pop();
    if (!found) return null;
    to.push({ section: found.section, text: now[found.section] });
    this.last = { at: 0, section: "" };
    return found;
  }
}
