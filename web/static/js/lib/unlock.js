// What one tap ("Bắt đầu") unlocks: sound, full screen and a screen that stays on. A page cannot have them without a tap, and may
// lose each of them again; `health` tells the truth of the moment.

export class Unlock {
  /** @type {AudioContext | null} */
  #audio = null;
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #listeners = /** @type {Set<() => void>} */ (new Set());
  #awakeWanted = false;
  /** The tap happened since the page was loaded. */
  tapped = false;
  /** What else is known of the device: battery, generator. @type {Partial<import("./messages.js").Health>} */
  extra = {};

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if ((this.tapped || this.#awakeWanted) && document.visibilityState === "visible") void this.#keepAwake();
      this.#changed();
    });
    document.addEventListener("fullscreenchange", () => this.#changed());
  }

  /** @param {() => void} listener called whenever `health` may have changed */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /**
   * To be called straight from the tap. Nothing here may fail the tap: what could not be had shows in `health`.
   * @param {Element} whole the element to fill the screen with
   */
  async begin(whole) {
    this.tapped = true;
    const fullscreen = fill(whole);
    this.#sound();
    await Promise.allSettled([fullscreen, this.#keepAwake()]);
    this.#changed();
  }

  /** To be called from a tap: keep the screen on from now on, and nothing else. */
  async stayAwake() {
    this.#awakeWanted = true;
    await this.#keepAwake();
  }

  /** @returns {import("./messages.js").Health} */
  health() {
    return {
      ...this.extra,
      visible: document.visibilityState === "visible",
      awake: this.#lock !== null && !this.#lock.released,
      sound: this.#audio === null ? null : this.#audio.state === "running",
      fullscreen: this.tapped ? isFull() : null,
    };
  }

  /** Whether this browser can keep the screen on at all: not on plain http. */
  get canStayAwake() {
    return "wakeLock" in navigator;
  }

  async #keepAwake() {
    if (!this.canStayAwake || (this.#lock !== null && !this.#lock.released)) return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
      this.#lock.addEventListener("release", () => this.#changed());
    } catch {
      this.#lock = null; // low battery or a hidden page; asked for again when the page is seen
    }
    this.#changed();
  }

  /** Two soft notes: the host hears that the sound is on, and the browser keeps it unlocked. */
  #sound() {
    if (typeof AudioContext === "undefined") return;
    this.#audio ??= new AudioContext();
    const audio = this.#audio;
    void audio.resume().then(() => {
      [523.25, 783.99].forEach((frequency, index) => note(audio, frequency, audio.currentTime + index * 0.16));
      this.#changed();
    });
    audio.onstatechange = () => this.#changed();
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}

/** @param {AudioContext} audio @param {number} frequency @param {number} at */
function note(audio, frequency, at) {
  const tone = new OscillatorNode(audio, { frequency, type: "sine" });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.12, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.55);
}

/** Safari before 16.4 on phones has no full screen for pages; its absence is not a failure. @param {Element} whole */
async function fill(whole) {
  const asked = /** @type {any} */ (whole);
  if (isFull()) return;
  if (asked.requestFullscreen) await asked.requestFullscreen({ navigationUI: "hide" });
  else if (asked.webkitRequestFullscreen) await asked.webkitRequestFullscreen();
}

function isFull() {
  return (document.fullscreenElement ?? /** @type {any} */ (document).webkitFullscreenElement ?? null) !== null;
}
