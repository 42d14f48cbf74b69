// Whether this device could take the prepared cue now, told to the centre at every change (`cue_ready`).

/** A clock is good enough for the launch when the truth is within this; the same as the agent (site_agent/cue_runner.py). */
const GOOD_CLOCK = 100_000;

/**
 * @typedef {import("./messages.js").CuePrepare} CuePrepare
 * @typedef {import("./messages.js").Message} Message
 */

/**
 * Codes of what is missing; empty when the device is ready.
 * @param {import("./messages.js").Health} health
 * @param {number | null} clockBound null while the clock is not ready
 * @param {boolean} tapped the start tap was given
 * @param {string[]} [assets] what is not here yet, as `asset:NAME`
 * @returns {string[]}
 */
export function missing(health, clockBound, tapped, assets = []) {
  const reasons = [];
  if (clockBound === null || clockBound > GOOD_CLOCK) reasons.push("clock");
  if (health.visible === false) reasons.push("hidden");
  if (!tapped) reasons.push("no_start_tap");
  else if (health.sound === false) reasons.push("sound");
  return [...reasons, ...assets];
}

export class Readiness {
  #unlock;
  #send;
  #assets;
  #told = "";
  /** The prepared cue; null when none is. @type {CuePrepare | null} */
  #cue = null;

  /**
   * @param {import("./unlock.js").Unlock} unlock
   * @param {(message: Message) => boolean} send
   * @param {() => string[]} assets
   */
  constructor(unlock, send, assets) {
    this.#assets = assets;
    this.#unlock = unlock;
    this.#send = send;
  }

  /** Another cue, or a new session: tell anew. @param {CuePrepare | null} cue */
  set cue(cue) {
    this.#cue = cue;
    this.#told = "";
  }

  /** Tell if anything changed. @param {number | null} clockBound */
  look(clockBound) {
    const cue = this.#cue;
    if (cue === null) return;
    const reasons = missing(this.#unlock.health(), clockBound, this.#unlock.tapped, this.#assets());
    const summary = `${reasons.join()}|`;
    if (summary === this.#told) return;
    const { live, attempt, plan_hash } = cue;
    const message = { type: "cue_ready", live, cue: cue.cue, attempt, plan_hash, ready: reasons.length === 0, reasons };
    if (this.#send(message)) this.#told = summary;
  }
}
