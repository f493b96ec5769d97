// Draws films with WebGL2. The fragment shader applies window, inversion and gamma to the 16-bit values: a moved window costs
// no pass over the film.
/** @import { Film } from "./film.js" */
/** @import { Cut, Level, Look, Part, Tile } from "./types" */

/** Films whose textures are kept: this one and the one before. */
const KEPT = 2;

const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

// Integer textures do not filter: the four nearest values are weighed here. The window comes after, as on a light box.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D film;
uniform vec2 origin, across, down;
uniform vec4 core;
uniform ivec2 corner;
uniform float height, low, high, gamma;
uniform bool inverted, sigmoid;
out vec4 colour;
float at(int x, int y) {
  return float(texelFetch(film, clamp(ivec2(x, y), ivec2(0), textureSize(film, 0) - 1), 0).r);
}
void main() {
  vec2 place = origin + across * gl_FragCoord.x + down * (height - gl_FragCoord.y);
  if (any(lessThan(place, core.xy)) || any(greaterThanEqual(place, core.zw))) discard;
  ivec2 first = ivec2(floor(place - 0.5)) - corner;
  vec2 share = fract(place - 0.5);
  float upper = mix(at(first.x, first.y), at(first.x + 1, first.y), share.x);
  float lower = mix(at(first.x, first.y + 1), at(first.x + 1, first.y + 1), share.x);
  float shown = (mix(upper, lower, share.y) - low) / (high - low);
  shown = sigmoid ? 1.0 / (1.0 + exp(-4.0 * (shown - 0.5))) : clamp(shown, 0.0, 1.0);
  if (inverted) shown = 1.0 - shown;
  colour = vec4(vec3(gamma == 1.0 ? shown : pow(shown, 1.0 / gamma)), 1.0);
}`;
const UNIFORMS = ["origin", "across", "down", "core", "corner", "height", "low", "high", "gamma", "inverted", "sigmoid"];

export class GlRenderer {
  /** @param {HTMLCanvasElement} canvas @param {string} driver */
  constructor(canvas, driver) {
    const how = { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" };
    this.gl = /** @type {WebGL2RenderingContext} */ (canvas.getContext("webgl2", how));
    /** @type {Map<Film, Map<Level, Tile[]>>} */
    this.kept = new Map();
    this.coarse = false;
    this.name = `WebGL2: ${driver}`;
    /** @type {Record<string, WebGLUniformLocation | null>} */
    this.at = {};
    this.start();
  }

  /** Once, and again after the browser took the context away. */
  start() {
    const { gl } = this;
    this.kept.clear();
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    for (const [kind, source] of /** @type {const} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  }

  /** @param {Film} film @param {Look} look @param {Part[]} parts */
  draw(film, { low, high, inverted, gamma, sigmoid }, parts) {
    const { gl, at } = this;
    const { width, height } = gl.canvas;
    gl.viewport(0, 0, width, height);
    gl.enable(gl.SCISSOR_TEST);
    for (const [name, value] of Object.entries({ low, high, gamma, height })) gl.uniform1f(at[name], value);
    gl.uniform1i(at.inverted, Number(inverted));
    gl.uniform1i(at.sigmoid, Number(sigmoid));
    for (const part of parts) {
      gl.scissor(part.x, height - part.y - part.height, part.width, part.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      this.part(film, part);
    }
  }

  /** @param {Film} film @param {Part} part */
  part(film, { sampling }) {
    const { gl, at } = this;
    const level = film.level(Math.hypot(...sampling.across));
    for (const [name, [x, y]] of Object.entries(sampling)) gl.uniform2f(at[name], x / level.across, y / level.down);
    for (const { texture, core, x, y } of this.tiles(film, level)) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform4fv(at.core, core);
      gl.uniform2i(at.corner, x, y);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  /** @param {Film} film @param {Level} level */
  tiles(film, level) {
    const levels = this.kept.get(film) ?? new Map();
    this.kept.delete(film);
    this.kept.set(film, levels); // the last one used is the last one let go
    if (this.kept.size > KEPT) this.drop(/** @type {Film} */ (this.kept.keys().next().value));
    const largest = Number(this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE));
    const tiles = levels.get(level) ?? cuts(level, largest).map((cut) => this.upload(level, cut));
    levels.set(level, tiles);
    return tiles;
  }

  /** @param {Level} level @param {Cut} cut @returns {Tile} */
  upload(level, cut) {
    const { gl } = this;
    const texture = /** @type {WebGLTexture} */ (gl.createTexture());
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, cut.width, cut.height);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, level.width);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, cut.x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, cut.y);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, cut.width, cut.height, gl.RED_INTEGER, gl.UNSIGNED_SHORT, level.pixels);
    return { ...cut, texture };
  }

  /** @param {Film} film */
  drop(film) {
    for (const { texture } of [...(this.kept.get(film)?.values() ?? [])].flat()) this.gl.deleteTexture(texture);
    this.kept.delete(film);
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext(); // a browser gives a page some sixteen contexts
  }
}

/** Neighbours share a border of a pixel, so that no seam is seen. @param {{width: number, height: number}} level @param {number} largest side @returns {Cut[]} */
export function cuts({ width, height }, largest) {
  const columns = along(width, largest);
  return along(height, largest).flatMap((row) =>
    columns.map((column) => ({ x: column.first, y: row.first, width: column.size, height: row.size, core: [column.start, row.start, column.end, row.end] })),
  );
}

/** @param {number} side @param {number} largest */
function along(side, largest) {
  const number = side <= largest ? 1 : Math.ceil(side / (largest - 2));
  return Array.from({ length: number }, (_, place) => {
    const [start, end] = [place, place + 1].map((edge) => Math.round((edge * side) / number));
    const first = Math.max(0, start - 1);
    return { start, end, first, size: Math.min(side, end + 1) - first };
  });
}
