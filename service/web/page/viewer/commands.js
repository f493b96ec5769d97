// What the viewer's buttons and keys do, by name; and what they did, in words for those who do not see it.
import { isMirrored, mirrored, rotated, whole } from "./geometry.js";
import { presetOf, PRESETS } from "./windowing.js";
/** @import { Pane } from "./pane.js" */
/** @import { Viewer } from "./viewer.js" */

const [ZOOM, GAMMA, MOST_GAMMA] = [1.25, 1.1, 3];

/** @type {Record<string, (pane: Pane, value: string, viewer: Viewer) => void>} */
export const COMMANDS = {
  fit: (pane) => pane.look({ camera: whole(pane.stage, pane.camera.turn), fitted: true }),
  actual: (pane) => pane.zoomBy(1 / pane.zoom),
  zoomIn: (pane) => pane.zoomBy(ZOOM),
  zoomOut: (pane) => pane.zoomBy(1 / ZOOM),
  invert: (pane) => pane.look({ inverted: !pane.inverted }),
  gamma: (pane, value) => pane.look({ gamma: gamma(pane.gamma, value) }),
  preset: (pane, value) => preset(pane, Number(value)),
  rotate: (pane, value) => pane.turn(value ? rotated(rotated(rotated(pane.camera.turn))) : rotated(pane.camera.turn)),
  flipH: (pane) => pane.turn(mirrored(pane.camera.turn)),
  magnifier: (pane) => pane.use("magnifier"),
  length: (pane) => pane.use("length"),
  undo: (pane) => pane.ruler.undo(),
  reset,
  ctr: (pane, _, viewer) => void viewer.ratio(pane),
  sync: (_pane, _, viewer) => viewer.setSync(!viewer.synced),
  prior: (_pane, _, viewer) => viewer.showPrior(!viewer.priorShown),
  next: (pane, _, viewer) => void viewer.step(pane, 1),
  previous: (pane, _, viewer) => void viewer.step(pane, -1),
  tags: (pane, _, viewer) => void viewer.showTags(pane),
  opacity: (_, value, viewer) => viewer.setOverlay({ opacity: Number(value) / 100 }),
};

/** @param {Pane} pane */
const values = (pane) => pane.legend.valuesOf(pane);
/** @type {Record<string, (pane: Pane, viewer: Viewer) => string>} */
export const SAID = {
  ...Object.fromEntries(["fit", "actual", "zoomIn", "zoomOut", "invert", "gamma", "preset", "reset"].map((name) => [name, values])),
  rotate: sides,
  flipH: sides,
  magnifier: (pane, { words }) => words(pane.tool === "magnifier" ? "on" : "off", { what: words("magnifier") }),
  length: (pane, { words }) => (pane.tool === "length" ? words("length.help") : words("off", { what: words("length") })),
  sync: (_, { words, synced }) => words(synced ? "on" : "off", { what: words("sync") }),
};

/** @param {Pane} pane @param {Viewer} viewer */
function sides(pane, { words }) {
  const { legend } = pane;
  const letters = Object.entries(legend.lettersOf(pane) ?? {}).map(([edge, letter]) => `${words(`edge.${edge}`)} ${letter}`);
  return [isMirrored(pane.camera.turn) && words("flipped"), legend.factsOf(pane), ...letters].filter(Boolean).join(", ");
}

/** @param {number} now @param {string} wanted "+", "-" or a number */
function gamma(now, wanted) {
  const next = { "+": now * GAMMA, "-": now / GAMMA }[wanted] ?? Number(wanted);
  const kept = Math.min(MOST_GAMMA, Math.max(1 / MOST_GAMMA, next));
  return Math.abs(kept - 1) < 0.02 ? 1 : Math.round(kept * 100) / 100;
}

/** @param {Pane} pane @param {number} number 1 to 6 */
function preset(pane, number) {
  const name = PRESETS[number - 1];
  if (!pane.film || !name) return;
  pane.preset = number;
  pane.look({ window: presetOf(name, pane.film), preset: number, inverted: name === "inverse" });
}

/** @param {Pane} pane */
function reset(pane) {
  pane.ratio = [];
  pane.lines = [];
  pane.ruler.open = null;
  pane.forget();
  pane.look({});
}
