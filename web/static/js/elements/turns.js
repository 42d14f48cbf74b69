// One part of a page a frame, in the order they were asked for: several in one frame would take longer than a frame lasts.
// What a key or a click asks for begins in the frame after it, which has enough to do with the key itself.

export class Turns {
  /** @type {Map<string, () => void>} */
  #waiting = new Map();
  #asked = false;

  constructor() {
    // A page in the background has no frames, and its bell must ring all the same.
    document.addEventListener("visibilitychange", () => document.hidden && this.#all());
  }

  /**
   * @param {string} part asked for again before its turn, it is done once, as it was asked for last
   * @param {() => void} work
   */
  ask(part, work) {
    this.#waiting.set(part, work);
    if (document.hidden) this.#all();
    else if (!this.#asked) {
      this.#asked = true;
      requestAnimationFrame(() => requestAnimationFrame(() => this.#one()));
    }
  }

  #one() {
    const [next] = this.#waiting;
    this.#asked = this.#waiting.size > 1;
    if (this.#asked) requestAnimationFrame(() => this.#one());
    if (next) this.#do(...next);
  }

  #all() {
    for (const [part, work] of this.#waiting) this.#do(part, work);
  }

  /** @param {string} part @param {() => void} work */
  #do(part, work) {
    this.#waiting.delete(part);
    work();
  }
}
