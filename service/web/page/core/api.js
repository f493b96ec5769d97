// Calls to the service: the caller's key, errors in a clinician's words, a session that ends without losing anything.
import { t } from "./texts.js";

/** An answer of the service that says no (RFC 9457), or none at all (status 0). */
export class Problem extends Error {
  /** @param {number} status @param {Record<string, any>} body */
  constructor(status, body) {
    super(body.detail ?? t("error.unknown", { status }));
    this.status = status;
    this.body = body;
    this.code = String(body.type ?? "").replace("/problems/", "");
  }
}

/** @type {() => Promise<void>} */
let askForKey = () => Promise.reject(new Problem(401, { detail: t("error.key") }));
/** @type {Promise<void> | null} */
let asking = null;

/** Say who asks the user for the key, once, however many calls wait for it. @param {() => Promise<void>} ask */
export const whenUnauthenticated = (ask) => void (askForKey = ask);
export const key = () => sessionStorage.getItem("cxr.key") ?? "";
export const setKey = (/** @type {string} */ given) => (given ? sessionStorage.setItem("cxr.key", given) : sessionStorage.removeItem("cxr.key"));

/** Wait until the user gave a key. */
export async function authenticate() {
  asking ??= askForKey().finally(() => void (asking = null));
  await asking;
}

/** @returns {Record<string, string>} */
export const authorization = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

/**
 * Call the service. Raises Problem; a call without a valid key waits for one and is made again.
 * @param {string} path @param {RequestInit} [options] @returns {Promise<Response>}
 */
export async function call(path, options = {}) {
  const used = key();
  const response = await reach(path, { ...options, headers: { ...authorization(), .../** @type {any} */ (options.headers) } });
  if (response.ok) return response;
  if (response.status === 401) {
    if (used === key()) await authenticate();
    return call(path, options);
  }
  throw await problemOf(response);
}

/** @param {string} path @param {RequestInit} options */
async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, { detail: t("error.offline") });
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const text = await response.text();
  try {
    return new Problem(response.status, JSON.parse(text));
  } catch {
    return new Problem(response.status, {});
  }
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export const get = async (path, options) => (await call(path, options)).json();

/**
 * Send JSON.
 * @param {string} method @param {string} path @param {unknown} body @param {RequestInit} [options]
 */
export function send(method, path, body, options = {}) {
  const headers = { "Content-Type": "application/json", .../** @type {any} */ (options.headers) };
  return call(path, { ...options, method, headers, body: JSON.stringify(body) });
}

/** What to tell the user of anything that was thrown. @param {unknown} error */
export const reason = (error) => (error instanceof Error ? error.message : String(error));
/** Whether the user himself ended it. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";
