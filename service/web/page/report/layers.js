// Suggestions for a report, each in a layer of its own above it: a new draft as it is written, words of a conversation.
import { get, isAbort, reason, send } from "../core/api.js";
import { fill, the } from "../core/dom.js";
import { announce } from "../core/speak.js";
import { events } from "../core/stream.js";
import { moment, t } from "../core/texts.js";
import { Suggestion } from "./suggestion.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {import("./pane.js").ReportPane} ReportPane */

export class Layers {
  /** @param {ReportPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.element = the("suggestions");
    fill(this.element);
  }

  /** A new draft comes in its own layer; the reader's text stays. */
  async redraft() {
    const layer = this.suggest(t("suggestion.draft"));
    layer.say(t("suggestion.writing"));
    try {
      const { study, leaving } = this.pane;
      const answer = await send("POST", study.links.reports, {}, { headers: { Accept: "text/event-stream" }, signal: leaving.signal });
      for await (const { name, data } of events(answer)) {
        if (name === "delta") layer.stream(data.text);
        if (name === "stage" && data.stage === "fallback") (layer.restart(), layer.say(t("report.fallback", { why: data.detail })));
        if (name === "done") this.offer(layer, await get(`/api/v1/reports/${data.report_id}`));
      }
    } catch (error) {
      if (!isAbort(error)) layer.say(reason(error));
    }
  }

  /** @param {Suggestion} layer @param {Report} report */
  offer(layer, report) {
    layer.say(t("report.by", { writer: report.written_by, when: moment(report.created_at) }));
    const { working } = this.pane;
    layer.offer(report.sections, working.sections, (section, text) => working.edit(section, text));
    announce(t("suggestion.ready"));
  }

  /** @param {string} title */
  suggest(title) {
    const layer = new Suggestion(title, () => the("report").querySelector("textarea")?.focus());
    this.element.append(layer.element);
    layer.element.scrollIntoView({ block: "nearest" });
    return layer;
  }

  /** Words from a conversation; the same verification judges them once they are in the text. @param {string} text */
  quote(text) {
    this.suggest(t("suggestion.chat")).quote(text, (section, words) => {
      const { working } = this.pane;
      const now = working.sections[section].trimEnd();
      working.remark("accepted", { section, text: words, reason: "chat" });
      working.edit(section, now ? `${now} ${words}` : words);
    });
  }
}
