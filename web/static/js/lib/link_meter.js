// What the answers of time probes say of a link, and which way it went wrong: the mirror of site_agent/link/link_meter.py, held to
// it by vectors.

export const METER_PROBES = 20;
export const MOST_COUNTED = 100;

/**
 * @typedef {{probe: number, trip: number | null, up: number | null, down: number | null, late: "up" | "down" | null}} Outcome
 * @typedef {{first: number, last: number, sent: number, answered: number}} ProbeCount
 */

export class LinkMeter {
  /** @type {Outcome[]} */
  #outcomes = [];
  /** @type {number[]} */
  #fresh = [];
  /** @type {number | null} */
  #last = null;
  #udp = new UdpCount();

  /** @param {number} probe */
  sentUdp(probe) {
    this.#udp.sent(probe);
  }

  /** Old delays of a way are differences of clocks, and the device may have slept: they are not compared with new ones. */
  newSession() {
    this.#udp = new UdpCount();
    for (const outcome of this.#outcomes) outcome.up = outcome.down = null;
  }

  /** @param {number} probe @param {number} trip @param {number} up @param {number} down each way's delay plus a constant unknown */
  answered(probe, trip, up, down) {
    this.#note({ probe, trip, up, down, late: null });
    this.#fresh.push(trip);
    this.#last = trip;
    this.#udp.settled(probe, true);
  }

  /** @param {number} probe */
  lost(probe) {
    this.#note({ probe, trip: null, up: null, down: null, late: null });
    this.#udp.settled(probe, false);
  }

  /** The answer of a lost probe came after all. @param {number} probe @param {number} up @param {number} down */
  late(probe, up, down) {
    const lost = this.#outcomes.find((outcome) => outcome.probe === probe && outcome.trip === null);
    const ups = this.#way("up");
    const downs = this.#way("down");
    if (!lost || ups.length === 0 || downs.length === 0) return;
    lost.late = up - Math.min(...ups) >= down - Math.min(...downs) ? "up" : "down";
  }

  /** The figures for a heartbeat; starts the time "since the last heartbeat" anew. */
  quality() {
    const fresh = this.#fresh.sort((a, b) => a - b);
    this.#fresh = [];
    const trips = /** @type {number[]} */ (this.#outcomes.filter(({ trip }) => trip !== null).map(({ trip }) => trip));
    return {
      round_trip: fresh.length > 0 ? fresh[Math.floor((fresh.length - 1) / 2)] : this.#last,
      jitter: jitter(trips),
      loss: this.#outcomes.length > 0 ? roundedTo4(1 - trips.length / this.#outcomes.length) : null,
      jitter_up: jitter(this.#way("up")),
      jitter_down: jitter(this.#way("down")),
      loss_up: this.#late("up"),
      loss_down: this.#late("down"),
      probes: this.#udp.take(),
    };
  }

  /** @param {"up" | "down"} way @returns {number[]} */
  #way(way) {
    return /** @type {number[]} */ (this.#outcomes.map((outcome) => outcome[way]).filter((delay) => delay !== null));
  }

  /** @param {"up" | "down"} way */
  #late(way) {
    const late = this.#outcomes.filter((outcome) => outcome.late === way).length;
    return late > 0 ? roundedTo4(late / this.#outcomes.length) : null;
  }

  /** @param {Outcome} outcome */
  #note(outcome) {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > METER_PROBES) this.#outcomes.shift();
  }
}

/** UDP probes in the order they left; those settled from the front are told, each once. */
class UdpCount {
  /** @type {Map<number, boolean | null>} */
  #waiting = new Map();

  /** @param {number} probe */
  sent(probe) {
    this.#waiting.set(probe, null);
    if (this.#waiting.size > MOST_COUNTED) this.#waiting.delete(/** @type {number} */ (this.#waiting.keys().next().value));
  }

  /** @param {number} probe @param {boolean} answered */
  settled(probe, answered) {
    if (this.#waiting.has(probe)) this.#waiting.set(probe, answered);
  }

  /** @returns {ProbeCount | null} */
  take() {
    /** @type {Array<[number, boolean]>} */
    const done = [];
    for (const [probe, answered] of this.#waiting) {
      if (answered === null) break;
      done.push([probe, answered]);
    }
    if (done.length === 0) return null;
    for (const [probe] of done) this.#waiting.delete(probe);
    return { first: done[0][0], last: done[done.length - 1][0], sent: done.length, answered: done.filter(([, ok]) => ok).length };
  }
}

/** Mean difference between neighbours. @param {number[]} values @returns {number | null} */
function jitter(values) {
  if (values.length < 2) return null;
  const sum = values.slice(1).reduce((total, after, index) => total + Math.abs(after - values[index]), 0);
  return Math.floor(sum / (values.length - 1));
}

/** @param {number} value */
function roundedTo4(value) {
  return Math.round(value * 10_000) / 10_000;
}
