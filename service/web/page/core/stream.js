// Server-Sent Events of any response; EventSource can neither POST nor send a key.
import { Problem } from "./api.js";

/**
 * Yield the events of a response; an "error" event is raised as a Problem.
 * @param {Response} response @returns {AsyncGenerator<import("../types").ServerEvent>}
 */
export async function* events(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      waiting += decoder.decode(value, { stream: !done }).replaceAll("\r\n", "\n");
      const blocks = waiting.split("\n\n");
      waiting = blocks.pop() ?? "";
      for (const block of blocks) yield* parsed(block);
      if (done) return;
    }
  } finally {
    void reader.cancel().catch(() => {}); // a reader that leaves early ends the generation
  }
}

/** @param {string} block @returns {Generator<import("../types").ServerEvent>} */
function* parsed(block) {
  let name = "message";
  /** @type {string[]} */
  const data = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === "event") name = value ?? name;
    if (field === "data") data.push(value ?? "");
  }
  if (!data.length) return;
  const body = JSON.parse(data.join("\n"));
  if (name === "error") throw new Problem(502, body);
  yield { name, data: body };
}
