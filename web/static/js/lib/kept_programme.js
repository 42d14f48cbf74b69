// The programme as this browser last had it, and how far its own clock was from the ceremony's: what the speaker's clock goes on
// with when it is loaded again while the centre is away. Who speaks is not kept, nor what is said.

/** Older than this it is of another day, ms. */
const OLDEST = 12 * 3_600_000;
const KEPT = /^(info|timer|programme:)/u;

/** @typedef {{rows: [string, any][], ahead: number, at: number}} Kept `ahead`: the ceremony's clock before this device's, µs; `at`: Date.now() */

/** @param {any} row */
function without({ owner: _owner, words: _words, notes: _notes, ...row }) {
  return row;
}

export class KeptProgramme {
  #storage;
  #key;
  #last = "";

  /** @param {Pick<Storage, "getItem" | "setItem">} storage @param {string} as whose session */
  constructor(storage, as) {
    this.#storage = storage;
    this.#key = `diemcau-programme-${as}`;
  }

  /** @param {Map<string, any>} rows of the feed `ceremony` @param {number} ahead */
  keep(rows, ahead) {
    const kept = [...rows].filter(([key]) => KEPT.test(key)).map(([key, row]) => [key, without(row)]);
    const text = JSON.stringify(kept);
    if (text === this.#last) return;
    this.#last = text;
    try {
      this.#storage.setItem(this.#key, JSON.stringify({ rows: kept, ahead, at: Date.now() }));
    } catch {
      // A full or forbidden storage: the clock is only lost when the page is loaded again without the centre.
    }
  }

  /** @returns {{rows: Map<string, any>, ahead: number} | null} */
  last() {
    try {
      /** @type {Kept | null} */
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "null");
      return kept && Date.now() - kept.at < OLDEST ? { rows: new Map(kept.rows), ahead: kept.ahead } : null;
    } catch {
      return null;
    }
  }
}
