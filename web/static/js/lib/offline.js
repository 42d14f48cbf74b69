// Whether this page opens again without a network, and whether a newer version of it waits. The page's end of js/worker/site_worker.js.

/** How often a page that stays open asks for a newer version, at most, in ms. */
const ASK_EVERY = 10 * 60_000;

/**
 * `unsupported`: this browser or this address (plain http) has no service worker; `preparing`: not everything is kept yet;
 * `ready`: the page opens without a network.
 * @typedef {"unsupported" | "preparing" | "ready"} OfflineState
 */

export class Offline {
  #changed;
  #page;
  /** @type {ServiceWorkerRegistration | null} */
  #registration = null;
  #asked = 0;
  #leaving = false;
  /** @type {OfflineState} */
  state = "serviceWorker" in navigator ? "preparing" : "unsupported";
  /** A newer version is here and waits for the person. */
  update = false;

  /**
   * @param {() => void} changed called after every change of `state` or `update`
   * @param {"site" | "timer"} [page]
   */
  constructor(changed, page = "site") {
    this.#changed = changed;
    this.#page = page;
  }

  /** Register, and keep this page. Failing is no failure of the page. */
  async start() {
    if (this.state === "unsupported") return;
    const container = navigator.serviceWorker;
    container.addEventListener("message", (event) => {
      if (event.data?.type === "kept") this.#become(event.data.outcome === "kept" ? "ready" : this.state);
    });
    container.addEventListener("controllerchange", () => {
      if (this.#leaving) location.reload();
      else void this.#keep();
    });
    try {
      this.#registration = await container.register(this.#page === "site" ? "/sw.js" : `/sw.js?page=${this.#page}`, { scope: `/${this.#page}` });
    } catch {
      this.#become("unsupported");
      return;
    }
    this.#asked = performance.now();
    this.#follow(this.#registration);
    await this.#keep();
  }

  /** The centre is back: it may have come back newer. */
  check() {
    if (!this.#registration || performance.now() - this.#asked < ASK_EVERY) return;
    this.#asked = performance.now();
    void this.#registration.update().catch(() => undefined);
  }

  /** The person agrees: the waiting version takes over and the page loads again. What was typed is in the drafts. */
  apply() {
    this.#leaving = true;
    this.#registration?.waiting?.postMessage({ type: "take_over" });
  }

  async #keep() {
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ type: "keep", url: location.pathname + location.search });
  }

  /** @param {ServiceWorkerRegistration} registration */
  #follow(registration) {
    const look = () => {
      this.update = registration.waiting !== null && navigator.serviceWorker.controller !== null;
      this.#changed();
    };
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    look();
  }

  /** @param {OfflineState} state */
  #become(state) {
    this.state = state;
    this.#changed();
  }
}
