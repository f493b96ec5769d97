// Where the viewer's films, heatmaps and tags come from.
import { filmOf, previewOf } from "./film.js";
/** @import { Film } from "./film.js" */
/** @import { Fetcher, Item } from "./types" */

/** Kept at most: a 3000 x 3000 film is 18 MB. */
const [FILMS, HEATMAPS] = [4, 8];
const PREVIEW = "?size=1024";

/** The last results of a kind; failures are let go at once. @template T */
class Last {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {Map<string, Promise<T>>} */
    this.kept = new Map();
  }

  /** @param {string} key @param {() => Promise<T>} load */
  get(key, load) {
    const found = this.kept.get(key) ?? load();
    this.kept.delete(key);
    this.kept.set(key, found);
    found.catch(() => this.kept.delete(key));
    if (this.kept.size > this.most) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return found;
  }
}

export class Source {
  /** @param {Fetcher} fetcher */
  constructor(fetcher) {
    this.fetcher = fetcher;
    /** @type {Last<Film>} */
    this.films = new Last(FILMS);
    /** @type {Last<ImageBitmap>} */
    this.heatmaps = new Last(HEATMAPS);
  }

  /** Raises Error with the service's own words where it says no. @param {string} path @param {AbortSignal} [signal] */
  async get(path, signal) {
    const answer = await this.fetcher(path, { signal });
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? answer.statusText);
  }

  /** @param {string} path @param {AbortSignal} [signal] */
  async picture(path, signal) {
    return createImageBitmap(await (await this.get(path, signal)).blob());
  }

  /** The 8-bit view, small and soon here. @param {Item} item @param {AbortSignal} signal */
  async preview({ image }, signal) {
    return previewOf(await this.picture(`/api/v1/images/${image.id}/preview.png${PREVIEW}`, signal), image);
  }

  /** The full depth, kept for the next who asks. @param {Item} item */
  film({ pixelsUrl }) {
    return this.films.get(pixelsUrl, async () => {
      const answer = await this.get(pixelsUrl);
      return filmOf(await answer.arrayBuffer(), answer.headers);
    });
  }

  /** @param {Item} item @param {string} label */
  heatmap({ image }, label) {
    const path = `/api/v1/images/${image.id}/heatmaps/${label}.png${PREVIEW}`;
    return this.heatmaps.get(path, () => this.picture(path));
  }

  /** @param {string} path @returns {Promise<any>} */
  async json(path) {
    return (await this.get(path)).json();
  }
}
