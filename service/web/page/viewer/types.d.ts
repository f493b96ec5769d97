/** What the viewer's parts hand each other. Not served. */
import type { Image } from "../types";
import type { Film } from "./film.js";
import type { Pane } from "./pane.js";

export type Point = [number, number];
/** Rows of a 2x2 matrix; quarter turns and mirrorings only. */
export type Turn = [number, number, number, number];
/** The film's point at the middle of the stage; zoom in CSS pixels a film column. */
export interface Camera { x: number; y: number; zoom: number; turn: Turn }
/** Size in CSS pixels; size of the film in its pixels; height over width of one of them. */
export interface Stage { width: number; height: number; columns: number; rows: number; aspect: number }
/** Film pixels at a device pixel (x, y): origin + across * x + down * y; pixel centres lie at .5 in both. */
export interface Sampling { origin: Point; across: Point; down: Point }
/** The patient's side at each edge of the screen: L, R, A, P, H or F; empty where unknown. */
export interface Edges { left: string; right: string; top: string; bottom: string }

export type Shape = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
/** In modality units. */
export interface Window { center: number; width: number; shape: Shape }

/** The film, or itself halved once and more; film pixels a pixel of it, across and down. */
export interface Level { pixels: Uint16Array; width: number; height: number; across: number; down: number }
export interface FilmFacts {
  /** Of the film itself, also where the pixels are those of a smaller preview. */
  columns: number;
  rows: number;
  /** Gray value times slope plus intercept is in modality units. */
  slope: number;
  intercept: number;
  /** What to begin with. */
  window: Window;
  /** Whether this is the full depth and size, not the 8-bit preview. */
  full: boolean;
  /** Millimetres between rows, between columns. */
  spacing: Point | null;
  /** Patient Orientation (0020,0020): where rows and columns run to. */
  orientation: [string, string] | null;
}

/** Which gray values become black and white, and how; low and high are stored values. */
export interface Look { low: number; high: number; inverted: boolean; gamma: number; sigmoid: boolean }
/** A rectangle of device pixels and the part of the film in it. */
export interface Part { x: number; y: number; width: number; height: number; sampling: Sampling }
export interface Renderer {
  /** What draws, in the browser's words: software is named as such. */
  name: string;
  /** Whether the last frame was drawn at half its size. */
  coarse: boolean;
  start(): void;
  /** Later parts lie over earlier ones; moving: more frames follow at once. */
  draw(film: Film, look: Look, parts: Part[], moving: boolean): void;
  destroy(): void;
}
/** A part of a level no larger than a texture may be; core (x0, y0, x1, y1) is what it alone shows. */
export interface Cut { x: number; y: number; width: number; height: number; core: [number, number, number, number] }
export interface Tile extends Cut { texture: WebGLTexture }

/** Film pixels. */
export interface Line { from: Point; to: Point; text: string }
/** Box x0, y0, x1, y1 in film pixels. */
export interface Place { box: [number, number, number, number]; text: string; label: string; strong: boolean }
export interface Heatmap { picture: ImageBitmap; opacity: number }
export interface Marks {
  heatmap: Heatmap | null;
  places: Place[];
  lines: Line[];
  /** CSS pixels of the stage. */
  cursor: Point | null;
  lens: { at: Point; side: number } | null;
}
/** label null: every finding that is not absent. */
export interface Overlay { label: string | null; kind: "heatmap" | "box" | "none"; opacity: number }

/** GET /images/{id}/anatomy, as far as it is drawn. */
export interface Width { line: [Point, Point]; pixels: number; mm: number | null }
export interface Anatomy { heart_width: Width | null; chest_width: Width | null; ratio: { value: number; error: number } | null; abstention: string | null }
export interface Tag { tag: string | null; name: string; value: string }

/** One image of a study: what the API tells of it, where its parts are, what its corner says. */
export interface Item { image: Image; pixelsUrl: string; anatomyUrl: string; tagsUrl: string; title: string }
export type Words = (key: string, values?: Record<string, string | number>) => string;
export type Fetcher = (path: string, options?: RequestInit) => Promise<Response>;
export type Tool = "window" | "length" | "magnifier";
export interface Drag { move(at: Point): void; end?(at: Point): void }

/** What a pane tells the viewer. */
export interface Owner {
  words: Words;
  lang: string;
  say(text: string): void;
  /** Another look at the film. */
  changed(pane: Pane): void;
  drawn(pane: Pane): void;
  measured(pane: Pane, detail: Record<string, unknown>): void;
  /** Film pixels; null when the pointer left. */
  pointed(pane: Pane, point: Point | null): void;
  /** To another image; false where there is none. */
  step(pane: Pane, steps: number): boolean;
  command(name: string, pane: Pane): void;
}

export interface Options {
  /** "en" or "de". */
  lang?: string;
  /** As fetch, with the caller's key. */
  fetcher?: Fetcher;
  /** To a screen reader. */
  announce?: (text: string) => void;
  /** Device pixels a film pixel. */
  onZoom?: (zoom: number) => void;
  onWindow?: (window: Window) => void;
  labelName?: (label: string) => string;
  /** The viewer's own buttons; true when left out. */
  toolbar?: boolean;
}
