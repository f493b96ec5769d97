// A list of any length of which only the rows in sight exist.

const BEYOND = 6; // rows drawn above and below the sight, so that a wheel finds them ready

/**
 * @template T
 */
export class Windowed {
  /**
   * @param {HTMLElement} box what scrolls
   * @param {HTMLElement} list what holds the rows
   * @param {{height: number, key: (item: T) => string, draw: (item: T, place: number) => HTMLElement,
   *          place: (row: HTMLElement, place: number) => void, end: () => void}} how
   */
  constructor(box, list, how) {
    this.box = box;
    this.list = list;
    this.how = how;
    /** @type {T[]} */
    this.items = [];
    /** @type {Map<string, {row: HTMLElement, item: T}>} */
    this.drawn = new Map();
    this.waiting = false;
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(box);
  }

  /** @param {T[]} items */
  show(items) {
    this.items = items;
    this.list.style.height = `${items.length * this.how.height}px`;
    this.render();
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.render();
    });
  }

  render() {
    const { height, key } = this.how;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - BEYOND);
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / height) + BEYOND);
    const wanted = this.items.slice(first, last);
    const kept = new Set(wanted.map(key));
    for (const [id, { row }] of this.drawn) if (!kept.has(id)) this.drop(id, row);
    wanted.forEach((item, number) => this.put(item, first + number));
    if (last >= this.items.length - BEYOND) this.how.end();
  }

  /** @param {T} item @param {number} place */
  put(item, place) {
    const id = this.how.key(item);
    const known = this.drawn.get(id);
    const row = known?.item === item ? known.row : this.how.draw(item, place);
    if (row !== known?.row) {
      if (known) known.row.replaceWith(row);
      else this.list.append(row);
      this.drawn.set(id, { row, item });
    }
    row.style.transform = `translateY(${place * this.how.height}px)`;
    this.how.place(row, place);
  }

  /** @param {string} id @param {HTMLElement} row */
  drop(id, row) {
    row.remove();
    this.drawn.delete(id);
  }

  /** Bring an item into sight. @param {number} place */
  reveal(place) {
    const [top, height] = [place * this.how.height, this.how.height];
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + height - this.box.clientHeight;
    this.render();
  }
}
