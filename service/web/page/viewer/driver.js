// Which of the two renderers serves this machine best; only that one is loaded.
/** @import { Renderer } from "./types" */

/** Names of drivers that draw with the processor: the plain renderer is several times faster than WebGL2 by these. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** What draws WebGL2 here, in the browser's words; nothing where nothing does. */
function driver() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const debug = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl?.getParameter(debug ? debug.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/** @returns {Promise<(canvas: HTMLCanvasElement) => Renderer>} */
async function chosen() {
  const name = driver();
  if (name && !SOFTWARE.test(name)) {
    const { GlRenderer } = await import("./gl.js");
    return (canvas) => new GlRenderer(canvas, name);
  }
  const { PlainRenderer } = await import("./plain.js");
  return (canvas) => new PlainRenderer(canvas);
}

export const rendererOn = await chosen();
