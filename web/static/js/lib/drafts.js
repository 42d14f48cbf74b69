// What a site's page keeps beside the outbox, so that a reload loses nothing: numbers typed and not reported, choices, and the last
// rows of the centre, to show something while there is no network. In localStorage, because it is written before the next keystroke:
// a page that is killed in the next moment has lost nothing.

const PREFIX = "diemcau/draft/";

/**
 * @typedef {{counts?: Record<string, number>, screenSkipped?: boolean, hallOpen?: boolean, info?: any, site?: any, mine?: any,
 *   readySkipped?: boolean, checklist?: any, readiness?: any, conference?: any, items?: any[], typed?: Record<string, string | boolean>,
 *   phase?: any, phaseHeard?: number, figures?: any}} Draft
 */

export class Drafts {
  #name;
  /** What was kept, and what has been since. @type {Draft} */
  current;

  /** @param {string} name */
  constructor(name) {
    this.#name = PREFIX + name;
    this.current = read(this.#name);
  }

  /** @param {Draft} change */
  keep(change) {
    this.current = { ...this.current, ...change };
    try {
      localStorage.setItem(this.#name, JSON.stringify(this.current));
    } catch {
      // A private window or a full disk: the page goes on, and says by its storage that a reload loses things.
    }
  }
}

/** @param {string} name @returns {Draft} */
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "{}");
  } catch {
    return {};
  }
}
