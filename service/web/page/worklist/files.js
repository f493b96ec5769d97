// The files of a drop, folders included, grouped into studies: DICOM by its study, anything else a study each.

const HEAD_BYTES = 1 << 16; // the study's id stands well before the pixels
const IGNORED = /^(\.|dicomdir$|thumbs\.db$)/i;

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null)) return [...transfer.files];
  const found = await Promise.all(entries.map((entry) => (entry ? walk(entry) : [])));
  return found.flat().filter((file) => !IGNORED.test(file.name));
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return found.flat();
    found.push(...(await Promise.all(some.map(walk))));
  }
}

/** @param {File[]} files @returns {Promise<File[][]>} */
export async function grouped(files) {
  /** @type {Map<string, File[]>} */
  const groups = new Map();
  for (const [number, file] of files.entries()) {
    const study = (await studyOf(file)) ?? `file ${number}`;
    groups.set(study, [...(groups.get(study) ?? []), file]);
  }
  return [...groups.values()];
}

/** The Study Instance UID (0020,000D) of a DICOM file with explicit or implicit little-endian tags. @param {File} file */
async function studyOf(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.slice(128, 132) !== "DICM") return null;
  const at = text.indexOf("\x20\x00\x0d\x00", 132);
  return at < 0 ? null : (/^[\d.]+/.exec(text.slice(at + 8, at + 72))?.[0] ?? null);
}
