// Where findings lie on a film: boxes, heatmaps, and the two widths behind the cardiothoracic ratio.
import { reason } from "../core/api.js";
/** @import { Pane } from "./pane.js" */
/** @import { Source } from "./source.js" */
/** @import { Anatomy, Item, Line, Overlay, Place, Width } from "./types" */

export class Evidence {
  /** @param {Pane} pane @param {Source} source @param {(label: string) => string} labelName */
  constructor(pane, source, labelName) {
    this.pane = pane;
    this.source = source;
    this.labelName = labelName;
    /** @type {Overlay} */
    this.overlay = { label: null, kind: "none", opacity: 0.6 };
    /** @type {string | null} the label that is lit */
    this.lit = null;
  }

  /** Draw what is wanted on the image that is shown now. @param {Item[]} items all of the study */
  refresh(items) {
    const { overlay, lit, pane } = this;
    pane.item = items[pane.index] ?? null; // a study may be read while it is shown: the same image, with findings
    const boxes = overlay.kind === "box" ? this.places(overlay.label).filter(({ label }) => label !== lit) : [];
    pane.places = lit ? [...boxes, ...this.places(lit, true)] : boxes;
    pane.hint.textContent = lit && !this.places(lit).length ? this.elsewhere(lit, items) : "";
    if (overlay.kind === "heatmap" && overlay.label) void this.heat(overlay.label);
    else pane.heatmap = null;
    pane.request();
  }

  /** @param {string | null} wanted @returns {Place[]} */
  places(wanted, strong = false) {
    const findings = this.pane.item?.image.findings ?? [];
    return findings.flatMap(({ label, polarity, box }) => {
      const shown = box && (wanted ? label === wanted : polarity !== "absent");
      return shown ? [{ label, box, text: this.labelName(label), strong }] : [];
    });
  }

  /** Where to look for a finding that has no place here. @param {string} lit @param {Item[]} items */
  elsewhere(lit, items) {
    const { words } = this.pane.owner;
    const other = items.findIndex(({ image }) => image.findings.some(({ label, box }) => label === lit && box));
    return words(other < 0 ? "place.none" : "place.other", { label: this.labelName(lit), n: other + 1 });
  }

  /** @param {string} label */
  async heat(label) {
    const { pane, overlay } = this;
    const { item } = pane;
    if (!item) return;
    const wanted = () => pane.item === item && overlay.kind === "heatmap" && overlay.label === label;
    try {
      const picture = await this.source.heatmap(item, label);
      if (wanted()) pane.heatmap = { picture, opacity: overlay.opacity };
    } catch (error) {
      if (!wanted()) return;
      pane.heatmap = null;
      hint(pane, "heat.failed", reason(error));
    }
    pane.request();
  }
}

/** @param {Pane} pane @param {string} key @param {string} why */
function hint(pane, key, why) {
  pane.hint.textContent = pane.owner.words(key, { why });
  pane.owner.say(pane.hint.textContent);
}

/** Draw the heart's and the chest's widths, or take them away. @param {Pane} pane @param {Source} source */
export async function toggleRatio(pane, source) {
  const { item, owner } = pane;
  pane.hint.textContent = "";
  if (pane.ratio.length || !item) pane.ratio = [];
  else {
    try {
      /** @type {Anatomy} */
      const found = await source.json(item.anatomyUrl);
      if (pane.item === item) show(pane, found);
    } catch (error) {
      hint(pane, "ctr.failed", reason(error));
    }
  }
  pane.request();
  owner.changed(pane);
}

/** @param {Pane} pane @param {Anatomy} found */
function show(pane, { heart_width, chest_width, ratio, abstention }) {
  const { words, lang } = pane.owner;
  const line = (/** @type {Width | null} */ width, /** @type {string} */ key) => {
    if (!width) return [];
    const size = `${Math.round(width.mm ?? width.pixels).toLocaleString(lang)}\u00a0${width.mm === null ? "px" : "mm"}`;
    return [{ from: width.line[0], to: width.line[1], text: words(key, { size }) }];
  };
  /** @type {Line[]} */
  pane.ratio = [...line(heart_width, "ctr.heart"), ...line(chest_width, "ctr.chest")];
  if (!ratio) return hint(pane, "ctr.failed", words(`ctr.${abstention}`));
  const value = ratio.value.toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const text = words("ctr.value", { value, error: ratio.error.toLocaleString(lang, { maximumFractionDigits: 2 }) });
  pane.hint.textContent = text;
  pane.owner.measured(pane, { kind: "ctr", ratio: ratio.value, text });
}
