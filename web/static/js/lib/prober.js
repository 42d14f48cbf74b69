// When to ask for the time, and what the answers say of the link: the mirror of site_agent/link/prober.py, held to it by vectors.
// A browser has no UDP; the path is mirrored all the same, so that both sides stay one algorithm.

import { roundTrip } from "./clock.js";
import { LinkMeter } from "./link_meter.js";

export const BURST_PROBES = 8;
export const BURST_EVERY = 60_000_000;
export const BURST_EVERY_POLLING = 10_000_000;
export const BURST_AFTER_SUSPICION = 1_000_000;
export const BURST_GAP = 25_000;
export const PROBE_TIMEOUT = 2_000_000;
export const SINGLE_EVERY = 5_000_000;
export const UDP_RETRY_AFTER = 300_000_000;
/** An answer later than this is not even told late. */
export const LATE_UNTIL = 60_000_000;

/**
 * @typedef {import("./clock.js").ClockChange} ClockChange
 * @typedef {{probe: number, origin: number, udp: boolean}} TimeProbe
 * @typedef {{origin: number, burst: boolean, metered: boolean, udp: boolean}} Pending
 */

/** Schedules the probes of one device and hands whole bursts to its clock. */
export class Prober {
  #clock;
  #random;
  #nextProbe;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** Probes over the WebSocket whose answer is late: TCP will bring it yet. @type {Map<number, Pending>} */
  #givenUp = new Map();
  /** @type {import("./clock.js").Sample[]} */
  #samples = [];
  #polling = false;
  #udpOffered = false;
  /** @type {number | null} */
  #udpAgainAt = null;
  #burstUdp = false;
  #burstLeft = 0;
  #burstAnswersMissing = 0;
  /** When the next probe of a burst is due, in or between bursts; null while stopped. @type {number | null} */
  #burstAt = null;
  /** @type {number | null} */
  #burstEndsAt = null;
  /** @type {number | null} */
  #singleAt = null;
  meter = new LinkMeter();

  /**
   * @param {import("./clock.js").DeviceClock} clock
   * @param {() => number} random
   * @param {number} [firstProbe]
   */
  constructor(clock, random, firstProbe = 0) {
    this.#clock = clock;
    this.#random = random;
    this.#nextProbe = firstProbe;
  }

  get polling() {
    return this.#polling;
  }

  /** Ask more often, beginning with a burst now, or go back to once a minute. @param {boolean} polling @param {number} now */
  setPolling(polling, now) {
    if (polling && !this.#polling) this.hurry(now);
    this.#polling = polling;
  }

  /** A session opened: first burst now, by UDP where the server offers it. @param {number} now @param {boolean} udp */
  start(now, udp) {
    this.stop();
    this.#udpOffered = udp;
    this.#udpAgainAt = null;
    this.#burstAt = now;
    this.#singleAt = now + SINGLE_EVERY;
  }

  /** The session ended: what is under way is neither lost nor answered. */
  stop() {
    this.#pending.clear();
    this.#givenUp.clear();
    this.meter.newSession();
    this.#samples = [];
    this.#burstLeft = 0;
    this.#burstAnswersMissing = 0;
    this.#burstAt = null;
    this.#burstEndsAt = null;
    this.#singleAt = null;
  }

  /** Begin a burst now, unless one is running or the prober is stopped. @param {number} now */
  hurry(now) {
    if (this.#burstAt !== null && this.#burstLeft === 0 && this.#burstEndsAt === null) this.#burstAt = now;
  }

  /** When `due` has something to do next. @returns {number | null} */
  wakeAt() {
    const times = [this.#burstAt, this.#burstEndsAt, this.#singleAt].filter((time) => time !== null);
    return times.length > 0 ? Math.min(.../** @type {number[]} */ (times)) : null;
  }

  /** The probes to send now; closes a burst whose time is over. @param {number} now @returns {TimeProbe[]} */
  due(now) {
    const probes = [];
    if (this.#burstEndsAt !== null && now >= this.#burstEndsAt) this.#closeBurst(now);
    if (this.#burstAt !== null && now >= this.#burstAt) probes.push(this.#burstProbe(now));
    if (this.#singleAt !== null && now >= this.#singleAt) {
      this.#singleAt = now + this.#jittered(SINGLE_EVERY);
      if (this.#byUdp(now)) probes.push(this.#newProbe(now, { udp: true, burst: false, metered: true }));
    }
    return probes;
  }

  /** The probe that goes with a heartbeat over the WebSocket: a sign of life from the server. @param {number} now */
  single(now) {
    return this.#newProbe(now, { udp: false, burst: false, metered: !this.#byUdp(now) });
  }

  /**
   * Take an answer; the last one of a burst moves the clock. Answers nobody waits for are ignored.
   * @param {number} probe
   * @param {number} received
   * @param {number} sent
   * @param {number} arrived
   * @returns {ClockChange}
   */
  answer(probe, received, sent, arrived) {
    const pending = this.#pending.get(probe);
    this.#pending.delete(probe);
    if (!pending) {
      this.#late(probe, received, sent, arrived);
      return "nothing";
    }
    if (sent < received || arrived < pending.origin) return "nothing";
    if (arrived - pending.origin > PROBE_TIMEOUT) {
      this.#lost(probe, pending);
      this.#late(probe, received, sent, arrived);
      return "nothing";
    }
    const sample = { origin: pending.origin, received, sent, arrived };
    if (pending.metered) this.meter.answered(probe, roundTrip(sample), received - pending.origin, arrived - sent);
    if (!pending.burst) return "nothing";
    this.#samples.push(sample);
    this.#burstAnswersMissing -= 1;
    return this.#burstLeft === 0 && this.#burstAnswersMissing === 0 ? this.#closeBurst(arrived) : "nothing";
  }

  /** Count probes that waited too long as lost; called before the link is judged. @param {number} now */
  expire(now) {
    for (const [probe, pending] of this.#pending) {
      if (now - pending.origin <= PROBE_TIMEOUT) continue;
      this.#pending.delete(probe);
      this.#lost(probe, pending);
    }
    for (const [probe, pending] of this.#givenUp) if (now - pending.origin > LATE_UNTIL) this.#givenUp.delete(probe);
  }

  /** @param {number} now */
  #burstProbe(now) {
    if (this.#burstLeft === 0) {
      this.#burstUdp = this.#byUdp(now);
      this.#burstLeft = BURST_PROBES;
      this.#burstAnswersMissing = BURST_PROBES;
      this.#samples = [];
    }
    this.#burstLeft -= 1;
    if (this.#burstLeft > 0) {
      this.#burstAt = now + Math.floor(BURST_GAP * (0.5 + this.#random()));
    } else {
      this.#burstAt = now + this.#jittered(this.#polling ? BURST_EVERY_POLLING : BURST_EVERY);
      this.#burstEndsAt = now + PROBE_TIMEOUT;
    }
    return this.#newProbe(now, { udp: this.#burstUdp, burst: true, metered: true });
  }

  /** @param {number} now @returns {ClockChange} */
  #closeBurst(now) {
    const samples = this.#samples;
    this.#samples = [];
    this.#burstEndsAt = null;
    this.#burstAnswersMissing = 0;
    for (const pending of this.#pending.values()) pending.burst = false;
    if (samples.length === 0 && this.#burstUdp) {
      this.#udpAgainAt = now + UDP_RETRY_AFTER;
      this.#burstAt = now;
    }
    const change = this.#clock.addBurst(samples, now);
    if (change === "suspected") this.#burstAt = now + BURST_AFTER_SUSPICION;
    return change;
  }

  /** @param {number} now */
  #byUdp(now) {
    return this.#udpOffered && (this.#udpAgainAt === null || now >= this.#udpAgainAt);
  }

  /** @param {number} now @param {{udp: boolean, burst: boolean, metered: boolean}} how @returns {TimeProbe} */
  #newProbe(now, { udp, burst, metered }) {
    const probe = this.#nextProbe;
    this.#nextProbe = (probe + 1) % 2 ** 32;
    this.#pending.set(probe, { origin: now, burst, metered, udp });
    if (udp) this.meter.sentUdp(probe);
    return { probe, origin: now, udp };
  }

  /** @param {number} probe @param {Pending} pending */
  #lost(probe, pending) {
    if (!pending.metered) return;
    this.meter.lost(probe);
    if (!pending.udp) this.#givenUp.set(probe, pending);
  }

  /** @param {number} probe @param {number} received @param {number} sent @param {number} arrived */
  #late(probe, received, sent, arrived) {
    const pending = this.#givenUp.get(probe);
    this.#givenUp.delete(probe);
    if (pending && received <= sent) this.meter.late(probe, received - pending.origin, arrived - sent);
  }

  /** @param {number} duration */
  #jittered(duration) {
    return Math.floor(duration * (0.9 + 0.2 * this.#random()));
  }
}
