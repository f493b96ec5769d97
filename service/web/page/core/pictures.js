// Pictures behind the caller's key, as addresses an <img> may have. The last ones are kept; older ones are let go.
import { call } from "./api.js";

const MOST = 200;
/** @type {Map<string, Promise<string>>} */
const kept = new Map();

/** @param {string} path @returns {Promise<string>} */
export function picture(path) {
  const found = kept.get(path) ?? load(path);
  kept.delete(path);
  kept.set(path, found); // the last one used is the last one let go
  if (kept.size > MOST) drop(/** @type {string} */ (kept.keys().next().value));
  return found;
}

/** @param {string} path */
function load(path) {
  const loaded = call(path).then(async (response) => URL.createObjectURL(await response.blob()));
  loaded.catch(() => kept.delete(path)); // asked again when it is next looked at
  return loaded;
}

/** @param {string} path */
function drop(path) {
  kept.get(path)?.then(URL.revokeObjectURL, () => {});
  kept.delete(path);
}
