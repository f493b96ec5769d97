// The page of the first release: one film at a time. Everything it shows comes from the API under /api/v1.

/** @param {string} id @returns {any} the element of that id, which index.html holds */
const the = (id) => document.getElementById(id);
const ORDER = { present: 0, uncertain: 1, absent: 2 };
const WORDS = { present: "present", uncertain: "not sure", absent: "below threshold" };
let study = "";

/** @param {string} path @param {RequestInit} [options] */
async function call(path, options = {}) {
  const key = the("key").value;
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) document.querySelector(".key")?.removeAttribute("hidden");
  if (!response.ok) throw new Error((await response.json()).detail);
  return response;
}

/** @param {string} text @param {boolean} [failed] */
function say(text, failed = false) {
  the("status").textContent = text;
  the("status").classList.toggle("failed", failed);
}

/** @param {string} name @param {string} text @param {string} [kind] */
function element(name, text, kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/** @param {FileList} files */
async function upload(files) {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  say("Reading the film ...");
  try {
    const taken = await (await call("/api/v1/studies", { method: "POST", body: form })).json();
    show(taken);
    say(taken.notes.join(" "));
  } catch (error) {
    say(/** @type {Error} */ (error).message, true);
  }
}

/** @param {any} shown the study as the API gives it */
async function show(shown) {
  study = shown.id;
  the("result").hidden = false;
  showFindings(shown.findings);
  showReport(shown.reports[0]);
  the("turns").replaceChildren();
  const image = shown.images[0];
  const preview = await call(`${image.links.preview}?size=1600`);
  the("film").src = URL.createObjectURL(await preview.blob());
  the("caption").textContent = `${image.view ?? "projection not stated"}, ${image.columns} x ${image.rows}`;
  the("film").closest("figure").hidden = false;
}

/** @param {any[]} findings */
function showFindings(findings) {
  const rows = [...findings].sort((a, b) => ORDER[a.polarity] - ORDER[b.polarity] || b.probability - a.probability);
  the("findings").replaceChildren(...rows.map((finding) => {
    const row = element("tr", "", finding.polarity);
    const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
    const cells = [finding.label.replaceAll("_", " "), WORDS[finding.polarity], percent(finding.probability), percent(finding.threshold)];
    row.append(...cells.map((cell) => element("td", cell)));
    return row;
  }));
}

/** @param {any} report undefined while there is none */
function showReport(report) {
  const sections = Object.entries(report?.sections ?? {});
  the("report").replaceChildren(...sections.flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
  const fallback = report?.fallback ? ` The language model failed: ${report.fallback.detail}` : "";
  the("author").textContent = report ? `Written by ${report.written_by}; a draft to be checked.${fallback}` : "No report yet.";
}

/** @param {string} question */
async function ask(question) {
  const answer = element("li", "");
  the("turns").append(element("li", question, "user"), answer);
  const body = JSON.stringify({ message: question });
  const headers = { "Content-Type": "application/json" };
  try {
    const response = await call(`/api/v1/studies/${study}/chat`, { method: "POST", headers, body });
    for await (const { name, data } of events(response)) {
      if (name === "delta") answer.textContent += data.text;
      if (name === "stage") answer.textContent = `(${data.detail}) `;
      if (name === "error") answer.textContent = data.detail;
    }
  } catch (error) {
    answer.textContent = /** @type {Error} */ (error).message;
  }
}

/** Server-Sent Events of a response to a POST, which EventSource cannot make. @param {Response} response */
async function* events(response) {
  const reader = /** @type {ReadableStream} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const parts = (waiting + value).split("\n\n");
    waiting = /** @type {string} */ (parts.pop());
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s)));
      if (fields.event) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

the("files").addEventListener("change", () => upload(the("files").files));
the("ask").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  ask(the("question").value);
  the("question").value = "";
});
const drop = the("drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer?.files.length) upload(event.dataTransfer.files);
  });
}
