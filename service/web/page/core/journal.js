// What was typed and is not yet with the service, kept in this browser under the reader's own name until it is.

/** @typedef {import("../types").Sections} Sections */
/** @typedef {{version: number, base: Sections, sections: Sections, at: string}} Entry */

/** One report's journal. */
export class Journal {
  /** @param {string} reader @param {string} report */
  constructor(reader, report) {
    this.name = `cxr.journal.${reader}.${report}`;
  }

  /** @returns {Entry | null} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "null");
    } catch {
      return null;
    }
  }

  /** Keep; false where the browser's store is full or forbidden. @param {Omit<Entry, "at">} entry */
  write(entry) {
    try {
      localStorage.setItem(this.name, JSON.stringify({ ...entry, at: new Date().toISOString() }));
      return true;
    } catch {
      return false;
    }
  }

  clear() {
    localStorage.removeItem(this.name);
  }
}
