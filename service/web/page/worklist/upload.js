// Uploads: two studies at a time, progress per file, what a file was refused for in the service's own words.
import { authenticate, authorization, key, Problem } from "../core/api.js";
import { button, fill, h, the } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { t } from "../core/texts.js";
import { grouped } from "./files.js";

/** @typedef {import("../types").Study} Study */

const AT_ONCE = 2;
const BUSY = 503;

/** One file's line in the list of uploads. */
class Line {
  /** @param {File} file */
  constructor(file) {
    this.file = file;
    this.bar = h("progress", { max: 1, value: 0, "aria-label": file.name });
    this.word = h("span", { class: "word" }, t("upload.waiting"));
    this.row = h("li", {}, h("span", { class: "name" }, file.name), this.bar, this.word);
  }

  /** @param {number} share */
  sent(share) {
    this.bar.value = share;
    this.word.textContent = t(share < 1 ? "upload.sending" : "upload.storing");
  }

  /** @param {Study} study */
  done(study) {
    this.bar.remove();
    this.row.className = "done";
    fill(this.word, h("a", { href: `#/study/${study.id}` }, t("upload.open")));
  }

  /** @param {string} why */
  failed(why) {
    this.bar.remove();
    this.row.className = "failed";
    this.word.textContent = why.replace(`${this.file.name}: `, ""); // it stands beside the name
  }
}

export class Uploads {
  /** @param {(study: Study, count: number) => void} arrived */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Line[][]} */
    this.waiting = [];
    this.running = 0;
    this.counts = { total: 0, done: 0, failed: 0 };
  }

  /** @param {File[]} files @param {Record<string, string>} [labels] */
  async add(files, labels = {}) {
    if (!files.length) return;
    the("uploads").hidden = false;
    const groups = (await grouped(files)).map((group) => group.map((file) => new Line(file)));
    the("uploads-list").append(...groups.flat().map((line) => line.row));
    this.counts.total += groups.flat().length;
    this.waiting.push(...groups);
    this.labels = labels;
    this.tell();
    while (this.running < AT_ONCE && this.waiting.length) void this.work();
  }

  async work() {
    this.running += 1;
    for (let lines = this.waiting.shift(); lines; lines = this.waiting.shift()) await this.one(lines);
    this.running -= 1;
    this.tell();
    if (!this.running) announce(t("upload.finished", { done: this.counts.done, failed: this.counts.failed }));
  }

  /** @param {Line[]} lines */
  async one(lines) {
    try {
      const study = await this.patiently(lines);
      for (const line of lines) line.done(study);
      this.counts.done += lines.length;
      this.arrived(study, this.counts.total);
    } catch (error) {
      await this.refused(lines, /** @type {Problem} */ (error));
    }
    this.tell();
  }

  /** Name each bad file, and send the good ones of its study without it. @param {Line[]} lines @param {Problem} problem */
  async refused(lines, problem) {
    /** @type {{file_name: string, detail: string}[]} */
    const bad = problem.body?.files ?? [];
    const named = new Map(bad.map((file) => [file.file_name, file.detail]));
    const good = bad.length ? lines.filter((line) => !named.has(line.file.name)) : [];
    const left = lines.filter((line) => !good.includes(line));
    for (const line of left) line.failed(named.get(line.file.name) ?? (bad[0]?.detail || problem.message));
    this.counts.failed += left.length;
    if (good.length && left.length) await this.one(good);
  }

  /** @param {Line[]} lines @returns {Promise<Study>} */
  async patiently(lines) {
    for (;;) {
      const used = key();
      const answer = await post(lines, this.labels ?? {});
      if (answer.status < 300) return answer.body;
      if (answer.status === 401) {
        if (used === key()) await authenticate();
      } else if (answer.status === BUSY) {
        for (const line of lines) line.word.textContent = t("upload.busy");
        await new Promise((resolve) => setTimeout(resolve, answer.wait * 1000));
      } else throw new Problem(answer.status, answer.body);
    }
  }

  tell() {
    const { total, done, failed } = this.counts;
    const clear = button(t("upload.clear"), () => this.clear());
    fill(the("uploads-state"), h("span", {}, t("upload.state", { done, total, failed })), this.running ? null : clear);
  }

  clear() {
    fill(the("uploads-list"));
    the("uploads").hidden = true;
    this.counts = { total: 0, done: 0, failed: 0 };
  }
}

/**
 * fetch cannot say how much was sent; XMLHttpRequest can.
 * @param {Line[]} lines @param {Record<string, string>} labels @returns {Promise<{status: number, body: any, wait: number}>}
 */
function post(lines, labels) {
  const form = new FormData();
  for (const line of lines) form.append("files", line.file);
  for (const [name, value] of Object.entries(labels)) if (value) form.append(name, value);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/studies");
  for (const [name, value] of Object.entries({ ...authorization(), Prefer: "respond-async" })) request.setRequestHeader(name, value);
  request.upload.addEventListener("progress", (event) => lines.forEach((line) => line.sent(event.loaded / event.total)));
  return new Promise((resolve, reject) => {
    request.addEventListener("load", () => resolve({ status: request.status, body: parsed(request.responseText), wait: Number(request.getResponseHeader("Retry-After") ?? 2) }));
    request.addEventListener("error", () => reject(new Problem(0, { detail: t("error.offline") })));
    request.send(form);
  });
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
