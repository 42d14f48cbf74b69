// Tells the centre now and then how the programme plays here, so that it can say how many watch and how many wait: no name, no device,
// nothing that outlives the page. The centre says how long to wait until the next, so that many viewers cost it no more than some.

/** Between two beacons until the centre says otherwise, in ms. */
const EVERY = 30_000;
const MOST = 10 * 60_000;
/** How often the player is asked, in ms. */
const LOOK_EVERY = 5000;
const URL = "/api/v1/beacons";

export class Beacons {
  #report;
  /** Made up for this page and forgotten with it: two beacons of one page count once. */
  #page = randomName();
  #every = EVERY;
  #played = 0;
  #stood = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** @param {() => import("../models/playback.js").PlaybackReport} report */
  constructor(report) {
    this.#report = report;
  }

  start() {
    setInterval(() => this.#look(), LOOK_EVERY);
    this.#later(EVERY * Math.random());
    addEventListener("pagehide", () => this.#leave());
  }

  #look() {
    const { playing } = this.#report();
    if (playing) this.#played += LOOK_EVERY / 1000;
    else this.#stood += LOOK_EVERY / 1000;
  }

  /** @param {number} after */
  #later(after) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), after * (0.8 + 0.4 * Math.random()));
  }

  async #send() {
    try {
      const answer = await fetch(URL, { method: "POST", headers: { "Content-Type": "application/json" }, body: this.#body(), keepalive: true });
      const told = answer.ok ? await answer.json() : null;
      this.#every = told?.again_after > 0 ? told.again_after * 1000 : Math.min(MOST, this.#every * 2);
    } catch {
      this.#every = Math.min(MOST, this.#every * 2);
    }
    this.#played = this.#stood = 0;
    this.#later(this.#every);
  }

  #leave() {
    navigator.sendBeacon(URL, new Blob([this.#body(true)], { type: "application/json" }));
  }

  #body(left = false) {
    const { playing, latency, stalls, frozen, sound } = this.#report();
    return JSON.stringify({ page: this.#page, playing, latency, stalls, frozen, sound, played: this.#played, stood: this.#stood, left });
  }
}

function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
