// What changed between two texts, word by word: the longest common subsequence, which is exact for texts of a report's length.
import { h } from "../core/dom.js";

/** @typedef {{kind: "same" | "gone" | "new", text: string}} Piece */

/** @param {string} before @param {string} after @returns {Piece[]} */
export function diff(before, after) {
  const [a, b] = [before, after].map((text) => text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []);
  const lengths = table(a, b);
  /** @type {Piece[]} */
  const pieces = [];
  const add = (/** @type {Piece["kind"]} */ kind, /** @type {string} */ text) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) add("same", a[(i++, j++, i - 1)]);
    else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) add("gone", a[i++]);
    else add("new", b[j++]);
  }
  return pieces;
}

/** Lengths of the common subsequences of what is left of both. @param {string[]} a @param {string[]} b */
function table(a, b) {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) rows[i][j] = a[i] === b[j] ? rows[i + 1][j + 1] + 1 : Math.max(rows[i + 1][j], rows[i][j + 1]);
  }
  return rows;
}

/** @param {string} before @param {string} after */
export function shown(before, after) {
  const tags = /** @type {const} */ ({ same: "span", gone: "del", new: "ins" });
  return h("p", { class: "diff" }, diff(before, after).map(({ kind, text }) => h(tags[kind], {}, text)));
}
