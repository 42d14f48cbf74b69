// The device's idea of the ceremony clock, from four timestamps: the mirror of site_agent/link/clock.py, held to it by shared
// vectors. Pure: readings of performance.now() come in as whole microseconds (see `monotonic` in timekeeping.js). DESIGN §6.

export const DRIFT_ALLOWANCE_PPM = 60;
export const SLEW_PPM = 500;
export const KEPT_BURSTS = 8;
export const JUMP_MARGIN = 2_000;
export const SUSPECT_KEPT_FOR = 180_000_000;

/**
 * One answered probe: `origin` and `arrived` on the device's monotonic clock, `received` and `sent` on the ceremony clock.
 * @typedef {{origin: number, received: number, sent: number, arrived: number}} Sample
 * @typedef {{offset: number, bound: number}} Estimate the true offset is within `bound` of `offset`
 * @typedef {"nothing" | "adjusted" | "suspected" | "jumped"} ClockChange
 */

/**
 * Time on the way, there and back, without the server's own.
 * @param {Sample} sample
 */
export function roundTrip(sample) {
  return Math.max(0, sample.arrived - sample.origin - (sample.sent - sample.received));
}

/**
 * Ceremony clock minus the device's monotonic clock.
 * @param {Sample} sample
 */
export function offsetOf(sample) {
  return Math.floor((sample.received - sample.origin + (sample.sent - sample.arrived)) / 2);
}

/**
 * The sample of the lowest round trip; the first of equals.
 * @param {Sample[]} samples
 * @returns {Sample | null}
 */
export function bestOf(samples) {
  return least(samples, roundTrip);
}

/**
 * What drift may have added in `elapsed` microseconds, rounded up.
 * @param {number} elapsed
 */
export function driftAllowance(elapsed) {
  return Math.ceil((Math.abs(elapsed) * DRIFT_ALLOWANCE_PPM) / 1_000_000);
}

/**
 * How far the offset of `sample` may be from the truth at `now`.
 * @param {Sample} sample
 * @param {number} now
 */
export function boundOf(sample, now) {
  return Math.floor((roundTrip(sample) + 1) / 2) + driftAllowance(now - sample.arrived);
}

/** Believes, of the last `KEPT_BURSTS` bursts, the best probe whose bound is the smallest now. */
export class BestOfBursts {
  /** @type {Sample[]} */
  #bests = [];

  /** @param {Sample} best */
  add(best) {
    this.#bests.push(best);
    if (this.#bests.length > KEPT_BURSTS) this.#bests.shift();
  }

  /** @param {number} now @returns {Estimate | null} */
  at(now) {
    const believed = least([...this.#bests].reverse(), (sample) => boundOf(sample, now));
    return believed && { offset: offsetOf(believed), bound: boundOf(believed, now) };
  }

  reset() {
    this.#bests = [];
  }
}

/** Tells the ceremony's instant from the device's monotonic clock. See the Python for what each word promises. */
export class DeviceClock {
  /** @type {number | null} */
  #shown = null;
  #shownAt = 0;
  /** @type {Sample | null} */
  #suspect = null;
  #estimator;
  /** @type {string | null} whose clock it follows; another one starts it anew */
  clockId = null;
  /** No steps; set from polling until the receipt. The first estimate and a proven jump still step. */
  slewOnly = false;

  constructor(estimator = new BestOfBursts()) {
    this.#estimator = estimator;
  }

  get known() {
    return this.#shown !== null;
  }

  get ready() {
    return this.#shown !== null && this.#suspect === null;
  }

  /** @param {string} clockId */
  follow(clockId) {
    if (clockId === this.clockId) return;
    this.clockId = clockId;
    this.disturbed();
  }

  disturbed() {
    this.#estimator.reset();
    this.#shown = null;
    this.#suspect = null;
  }

  /**
   * Take the answered probes of one burst; `now` is not before the last arrival.
   * @param {Sample[]} samples
   * @param {number} now
   * @returns {ClockChange}
   */
  addBurst(samples, now) {
    const best = bestOf(samples);
    if (best === null) return "nothing";
    const before = this.#estimator.at(now);
    /** @type {ClockChange} */
    let change = "adjusted";
    if (before !== null && contradicts(best, before, now)) {
      if (this.#suspect === null || !agree(best, this.#suspect, now)) {
        this.#suspect = best;
        return "suspected";
      }
      this.#estimator.reset();
      this.#shown = null;
      change = "jumped";
    }
    this.#suspect = null;
    this.#settle(now);
    this.#estimator.add(best);
    if (this.#shown === null || !this.slewOnly) this.#step(now);
    return change;
  }

  /**
   * Ceremony clock minus monotonic clock as the clock tells it at `now`; null while unknown.
   * @param {number} now
   * @returns {number | null}
   */
  offset(now) {
    if (this.#shown === null) return null;
    const believed = this.#estimator.at(now);
    if (believed === null || !this.slewOnly) return this.#shown;
    return towards(this.#shown, believed.offset, now - this.#shownAt);
  }

  /** The ceremony's instant of a monotonic reading; null while unknown. @param {number} reading */
  instant(reading) {
    const offset = this.offset(reading);
    return offset === null ? null : reading + offset;
  }

  /**
   * The monotonic reading at which the ceremony's instant will be (or was), as known at `now`.
   * @param {number} instant
   * @param {number} now
   * @returns {number | null}
   */
  reading(instant, now) {
    if (this.#shown === null) return null;
    const reading = instant - this.#shown;
    const believed = this.slewOnly ? this.#estimator.at(now) : null;
    if (believed === null) return reading;
    return instant - towards(this.#shown, believed.offset, Math.max(now, reading) - this.#shownAt);
  }

  /** The clock told at `now` is within this of the truth; null while unknown. @param {number} now */
  bound(now) {
    const believed = this.#estimator.at(now);
    const offset = this.offset(now);
    if (believed === null || offset === null) return null;
    return believed.bound + Math.abs(believed.offset - offset);
  }

  /** End `slewOnly`: what is not yet worked in is stepped now. @param {number} now */
  allowSteps(now) {
    this.slewOnly = false;
    this.#step(now);
  }

  /** @param {number} now */
  forbidSteps(now) {
    this.#settle(now);
    this.slewOnly = true;
  }

  /** Keep what has been worked in up to `now`, before the estimate changes. @param {number} now */
  #settle(now) {
    this.#shown = this.offset(now);
    this.#shownAt = now;
  }

  /** @param {number} now */
  #step(now) {
    const believed = this.#estimator.at(now);
    if (believed === null) return;
    this.#shown = believed.offset;
    this.#shownAt = now;
  }
}

/** `shown` moved towards `wanted` by at most what may be slewed. @param {number} shown @param {number} wanted @param {number} elapsed */
function towards(shown, wanted, elapsed) {
  const most = Math.floor((Math.max(0, elapsed) * SLEW_PPM) / 1_000_000);
  return shown + Math.max(-most, Math.min(most, wanted - shown));
}

/** @param {Sample} sample @param {Estimate} estimate @param {number} now */
function contradicts(sample, estimate, now) {
  return Math.abs(offsetOf(sample) - estimate.offset) > boundOf(sample, now) + estimate.bound + JUMP_MARGIN;
}

/** @param {Sample} one @param {Sample} other @param {number} now */
function agree(one, other, now) {
  const recent = now - other.arrived <= SUSPECT_KEPT_FOR;
  return recent && Math.abs(offsetOf(one) - offsetOf(other)) <= boundOf(one, now) + boundOf(other, now) + JUMP_MARGIN;
}

/**
 * The first item of the lowest value.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number} value
 * @returns {T | null}
 */
function least(items, value) {
  let found = null;
  let lowest = Infinity;
  for (const item of items) {
    const own = value(item);
    if (own < lowest) {
      lowest = own;
      found = item;
    }
  }
  return found;
}
