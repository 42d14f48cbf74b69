// When to dial again: full jitter, as the server asked for. The mirror of site_agent/link/backoff.py. Microseconds.

/** Before the first welcome. */
export const UNTIL_TOLD = { base: 500_000, cap: 8_000_000, spread: 2_000_000 };

export class Retry {
  #random;
  #failures = 0;
  #welcomed = false;
  /** The server's wish, kept from the last welcome. @type {import("./messages.js").Backoff} */
  backoff = UNTIL_TOLD;

  /** @param {() => number} random uniform in [0, 1) */
  constructor(random) {
    this.#random = random;
  }

  /** A session opened: the next wait is the first one again. */
  welcomed() {
    this.#failures = 0;
    this.#welcomed = true;
  }

  /** How long to wait before dialling. */
  nextWait() {
    if (this.#welcomed) {
      this.#welcomed = false;
      return this.#within(this.backoff.spread);
    }
    this.#failures = Math.min(this.#failures + 1, 30);
    return this.#within(Math.min(this.backoff.cap, this.backoff.base * 2 ** this.#failures));
  }

  /** @param {number} most */
  #within(most) {
    return Math.floor(most * this.#random());
  }
}
