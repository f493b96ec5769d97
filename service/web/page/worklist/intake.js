// How films come in: dropped anywhere on the page, chosen from a dialog, or drawn for a first try.
import { fill, h, the } from "../core/dom.js";
import { t } from "../core/texts.js";
import { dropped } from "./files.js";
import { sampleFilm } from "./sample.js";
import { Uploads } from "./upload.js";

/** @typedef {import("./worklist.js").Worklist} Worklist */

/** @param {Worklist} worklist @param {(id: string) => void} open */
export function installIntake(worklist, open) {
  const uploads = new Uploads((study, count) => {
    void worklist.source.refresh();
    if (count === 1) open(study.id);
  });
  const form = /** @type {HTMLFormElement} */ (the("labels"));
  const labels = () => ({ ...Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()])), ...priorOf(worklist) });
  const take = (/** @type {File[]} */ files) => void uploads.add(files, labels());
  for (const id of ["files", "folder"]) {
    const input = /** @type {HTMLInputElement} */ (the(id));
    input.addEventListener("change", () => {
      take([...(input.files ?? [])]);
      input.value = "";
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const sample of document.querySelectorAll(".sample")) {
    sample.addEventListener("click", async () => void uploads.add([await sampleFilm()], { patient_ref: t("sample.name") }));
  }
  installDrop(take);
  offerPrior(worklist);
}

/** @param {(files: File[]) => void} take */
function installDrop(take) {
  let depth = 0;
  const isFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  const inside = (/** @type {number} */ now) => {
    depth = Math.max(0, now);
    document.body.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragenter", (event) => inside(depth + Number(isFiles(event))));
  document.addEventListener("dragleave", (event) => inside(depth - Number(isFiles(event))));
  document.addEventListener("dragover", (event) => {
    if (isFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", async (event) => {
    if (!isFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    inside(0);
    take(await dropped(event.dataTransfer));
  });
}

/** @param {Worklist} worklist @returns {Record<string, string>} */
function priorOf(worklist) {
  const box = /** @type {HTMLInputElement} */ (the("as-prior"));
  return box.checked && worklist.chosen ? { prior_study_id: worklist.chosen } : {};
}

/** The study that is open may be the earlier film of the one that comes. @param {Worklist} worklist */
function offerPrior(worklist) {
  const row = the("as-prior-row");
  const show = () => void (row.hidden = !worklist.chosen);
  document.addEventListener("chosen", show);
  document.addEventListener("worklist", (event) => {
    const { rows, filtered } = /** @type {CustomEvent} */ (event).detail;
    the("first-visit").hidden = rows.length > 0 || filtered;
    fill(the("start-count"), rows.length ? h("p", {}, t("start.choose")) : null);
  });
  show();
}
