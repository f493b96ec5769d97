// The page begins here: texts, keys, the worklist, and which screen an address shows.
import { get } from "./core/api.js";
import { button, fill, h, put, the, whileSeen } from "./core/dom.js";
import { addKeys, installKeys, showKeys } from "./core/keys.js";
import { installSession, learn, signOut } from "./core/session.js";
import { announce, notify } from "./core/speak.js";
import { installLook } from "./core/look.js";
import { loadTexts, t } from "./core/texts.js";
import { leaveOperator, readiness, showOperator } from "./operator/operator.js";
import { installIntake } from "./worklist/intake.js";
import { Worklist } from "./worklist/worklist.js";

const READY_AGAIN_MS = 15000;
const body = document.body;
/** The study's screen comes after the worklist: nobody waits for a viewer to see what there is to read. @type {import("./study/study.js").StudyScreen | null} */
let screen = null;
const studyScreen = async () => {
  const { StudyScreen } = await import("./study/study.js");
  return (screen ??= new StudyScreen());
};
const go = (/** @type {string} */ id) => void (location.hash = id ? `#/study/${id}` : "#/");

/** @param {string} name list, film, findings, report or ask: on a phone one is on the screen, else it is the side's tab */
function show(name) {
  body.dataset.view = name;
  for (const tab of document.querySelectorAll("[data-view-tab]")) put(tab, "aria-current", tab.getAttribute("data-view-tab") === name ? "true" : null);
  if (name === "list" || name === "film") return;
  body.dataset.side = "open";
  for (const tab of document.querySelectorAll("#tabs [role=tab]")) {
    const on = tab.id === `tab-${name}`;
    put(tab, "aria-selected", String(on));
    put(tab, "tabindex", on ? 0 : -1);
    the(String(tab.getAttribute("aria-controls"))).hidden = !on;
  }
}

function installTabs() {
  const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#tabs [role=tab]")]);
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.id.replace("tab-", "")));
  the("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.findIndex((tab) => tab === document.activeElement) + step + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
  });
  for (const tab of document.querySelectorAll("[data-view-tab]")) tab.addEventListener("click", () => show(String(tab.getAttribute("data-view-tab"))));
  document.addEventListener("tab", (event) => show(/** @type {CustomEvent} */ (event).detail));
  for (const link of document.querySelectorAll("a.skip")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      the(String(link.getAttribute("href")).slice(1)).focus();
    });
  }
}

/** @param {"list" | "side"} name */
function installFold(name) {
  const fold = the(`fold-${name}`);
  const tell = () => put(fold, "aria-expanded", String(body.dataset[name] !== "closed"));
  fold.addEventListener("click", () => {
    body.dataset[name] = body.dataset[name] === "closed" ? "open" : "closed";
    tell();
  });
  new MutationObserver(tell).observe(body, { attributes: true, attributeFilter: [`data-${name}`] });
}

function route() {
  const [, kind = "", id = ""] = location.hash.split("/");
  body.dataset.screen = kind === "study" ? "study" : kind === "operator" ? "operator" : "start";
  leaveOperator();
  if (kind === "study") {
    worklist.choose(id);
    if (matchMedia("(max-width: 1180px)").matches) body.dataset.list = "closed";
    show(matchMedia("(max-width: 760px)").matches ? "film" : (body.dataset.view ?? "report").replace(/^(list|film)$/, "report"));
    const { hash } = location;
    return void studyScreen().then((opened) => (location.hash === hash ? opened.open(id) : undefined));
  }
  screen?.leave();
  worklist.choose("");
  document.title = "cxr-scribe";
  show(kind === "operator" ? "film" : matchMedia("(max-width: 760px)").matches && worklist.source.rows.length ? "list" : "film");
  if (kind === "operator") void showOperator();
}

async function tellService() {
  const { status, parts } = await readiness();
  const wrong = Object.values(parts).filter((state) => state !== "ok");
  const degraded = status === "ready" && wrong.length > 0;
  const at = the("service-state");
  at.className = `service ${degraded ? "degraded" : status}`;
  at.title = wrong.join("\n");
  const said = t(degraded ? "service.degraded" : `service.${status}`);
  if (at.textContent !== said) at.textContent = said;
}

async function tellSystem() {
  const system = await get("/api/v1/system").catch(() => null);
  const experts = system ? system.experts.map((/** @type {any} */ one) => `${one.name} ${one.version}`).join(", ") : "–";
  the("notice-system").textContent = system ? t("banner.system", { experts, model: system.llm }) : "";
}

function installAccount() {
  document.addEventListener("me", (event) => {
    const me = /** @type {CustomEvent} */ (event).detail;
    fill(the("account"), me.auth === "keys" ? [h("span", {}, me.name), button(t("session.leave"), signOut)] : null);
  });
}

function installShortcuts() {
  const step = (/** @type {number} */ by) => () => go(worklist.neighbour(by, worklist.chosen));
  const film = (/** @type {string} */ command) => () => screen?.film?.command(command);
  addKeys(
    { keys: ["ArrowDown", "ArrowRight"], text: "keys.next", action: step(1) },
    { keys: ["ArrowUp", "ArrowLeft"], text: "keys.previous", action: step(-1) },
    { keys: ["/"], text: "keys.search", action: () => ((body.dataset.list = "open"), show(matchMedia("(max-width: 760px)").matches ? "list" : (body.dataset.view ?? "film")), the("search").focus()) },
    { keys: ["r"], text: "keys.report", action: () => (show("report"), the("section-findings").focus()) },
    { keys: ["a"], text: "keys.ask", action: () => (show("ask"), the("question").focus()) },
    { keys: ["d"], text: "keys.findings", action: () => (show("findings"), the("tab-findings").focus()) },
    { keys: ["h"], text: "keys.heat", action: () => screen?.film?.toggleHeat() },
    { keys: ["Ctrl+Enter"], text: "keys.sign", action: () => void screen?.report?.sign(), always: true },
    { keys: ["f"], text: "keys.fit", action: film("fit") },
    { keys: ["0"], text: "keys.actual", action: film("actual") },
    { keys: ["i"], text: "keys.invert", action: film("invert") },
    ...[1, 2, 3, 4, 5, 6].map((n) => ({ keys: [String(n)], text: `keys.preset${n}`, action: film(`preset:${n}`) })),
  );
  installKeys();
  the("show-keys").addEventListener("click", () => void showKeys());
}

await loadTexts();
installSession();
installAccount();
installLook();
installTabs();
installFold("list");
installFold("side");
const worklist = new Worklist((id) => (id === worklist.chosen ? show("film") : go(id)));
installShortcuts();
installIntake(worklist, go);
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", () => void screen?.beforePrint());
window.addEventListener("beforeunload", (event) => {
  if (screen?.report?.working.isDirty && screen.report.working.state === "failed") event.preventDefault();
});
for (const kind of ["online", "offline"]) window.addEventListener(kind, () => (announce(t(`service.${kind}`)), void tellService()));
document.addEventListener("signed", () => {
  void worklist.source.refresh();
  const next = worklist.window.items.find((study) => study.id !== worklist.chosen && study.report_state !== "signed" && study.report_state !== "addended");
  if (next) notify(t("sign.next"), { action: [t("sign.open"), () => go(next.id)] });
});
await worklist.source.filter({});
route();
performance.mark("cxr-ready");
void studyScreen();
void learn();
void tellSystem();
void tellService();
whileSeen(() => void tellService(), READY_AGAIN_MS);
