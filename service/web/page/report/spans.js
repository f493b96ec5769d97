// Where the sentences that the service judged stand in a text that went on changing.

/** @typedef {[number, number]} Span */

/** What was counted in Unicode code points, in the units of a JavaScript string. @param {string} text @param {Span} span @returns {Span} */
export function fromCodePoints(text, [start, end]) {
  if (!/[\ud800-\udfff]/.test(text)) return [start, end];
  const points = [...text];
  const first = points.slice(0, start).join("").length;
  return [first, first + points.slice(start, end).join("").length];
}

/**
 * Where a span of a text lies after the text became another; null when it was itself changed.
 * @param {Span} span @param {string} before @param {string} after @returns {Span | null}
 */
export function moved([start, end], before, after) {
  if (before === after) return [start, end];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const shift = after.length - before.length;
  if (end <= head) return [start, end];
  return start >= before.length - tail ? [start + shift, end + shift] : null;
}

/** Take a sentence out, with the space that parted it from its neighbour. @param {string} text @param {Span} span */
export function without(text, [start, end]) {
  const [before, after] = [text.slice(0, start), text.slice(end)];
  return before === "" || /\n$/.test(before) ? before + after.replace(/^ +/, "") : before.replace(/ +$/, "") + after;
}
