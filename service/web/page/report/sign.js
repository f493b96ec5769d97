// The end of a report: signing, which asks once, and adding to what was signed.
import { reason, send } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { notify } from "../core/speak.js";
import { moment, t } from "../core/texts.js";

/** @typedef {import("./working.js").Working} Working */

/** @param {Working} working @param {number} loud sentences that nothing supports and nobody kept @returns {Promise<boolean>} */
export async function sign(working, loud) {
  const body = [h("p", {}, t("sign.text")), loud ? h("p", { class: "loud" }, t("sign.loud", { n: loud })) : null];
  const chosen = await ask(t("sign.title"), /** @type {Node[]} */ (body.filter(Boolean)), [{ value: "sign", label: t("sign.go"), kind: "primary" }, { value: "", label: t("cancel") }]);
  if (chosen !== "sign") return false;
  try {
    await working.flush();
    const answer = await send("POST", working.report.links.sign, undefined, { headers: { "If-Match": `"${working.report.version}"` } });
    working.took(await answer.json());
    notify(t("sign.done"));
    return true;
  } catch (error) {
    const told = working.state === "conflict" || (await working.overtaken(/** @type {import("../core/api.js").Problem} */ (error)));
    if (!told) notify(t("sign.failed", { why: reason(error) }), { failed: true });
    return false;
  }
}

/** @param {Working} working @param {string} [text] to begin with */
export async function addTo(working, text = "") {
  const field = h("textarea", { rows: 5, required: true, autofocus: true, "aria-label": t("addendum.label") }, text);
  const chosen = await ask(t("addendum.title"), [field], [{ value: "add", label: t("addendum.go"), kind: "primary" }]);
  if (chosen !== "add" || !field.value.trim()) return;
  try {
    const headers = { "If-Match": `"${working.report.version}"` };
    const answer = await send("POST", working.report.links.addenda, { text: field.value.trim() }, { headers });
    working.took(await answer.json());
    notify(t("addendum.done"));
  } catch (error) {
    notify(t("addendum.failed", { why: reason(error), text: field.value }), { failed: true });
  }
}

/** @param {import("../types").Report} report */
export function signedBox(report) {
  const addenda = report.addenda.map((one) => h("li", {}, h("p", { class: "quiet" }, `${one.by} · ${moment(one.at)}`), h("p", {}, one.text)));
  return h("div", { class: "signed" }, h("p", {}, t("sign.by", { name: report.signed_by ?? "–", when: moment(report.signed_at ?? report.created_at) })), addenda.length ? [h("h3", {}, t("addendum.list")), h("ol", {}, addenda)] : null);
}
