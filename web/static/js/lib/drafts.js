// What a site's page keeps beside the outbox, so that a reload loses nothing: numbers typed and not reported, choices, and the last
// rows of the centre, to show something while there is no network.

const WAIT = 250;

/**
 * @typedef {{counts?: Record<string, number>, screenSkipped?: boolean, hallOpen?: boolean, info?: any, site?: any, mine?: any}} Draft
 */

export class Drafts {
  #storage;
  #name;
  /** @type {Draft} */
  #draft = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** @param {import("./storage.js").Storage} storage @param {string} name */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
    window.addEventListener("pagehide", () => void this.#write());
  }

  async load() {
    this.#draft = (await this.#storage.get("drafts", this.#name)) ?? {};
  }

  get current() {
    return this.#draft;
  }

  /** @param {Draft} change */
  keep(change) {
    this.#draft = { ...this.#draft, ...change };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#write(), WAIT);
  }

  async #write() {
    clearTimeout(this.#timer);
    await this.#storage.write([{ store: "drafts", key: this.#name, value: this.#draft }]);
  }
}
