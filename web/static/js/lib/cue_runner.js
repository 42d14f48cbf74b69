// Keeps this device's orders, fires them once on its disciplined clock, and owes a receipt for each: the shell around firing.js.
// Every change is on disk before anything follows from it, and changes follow one another.

import * as firing from "./firing.js";
import { uuid7 } from "./ids.js";
import { BadSignature, digest, sign } from "./signed.js";

/** A page has no output delay that it could measure, so its target is T0, or the picture of T0. Longest sleep before the clock is asked again. */
const LOOK_AGAIN = 5_000_000;
/** How far off the device's clock may be where it only knows the instant of the last welcome. */
const UNKNOWN_BOUND = 1_000_000;
/** An order whose time cannot be told yet is looked at again after this. */
const NO_TIME_YET = 500_000;
/** Where the picture is followed, its delay is looked at this often. */
const FOLLOW_AGAIN = 250_000;
/** A mark that could not be written is tried again after this. */
const MARK_AGAIN = 200_000;

/**
 * @typedef {import("./firing.js").Key} Key
 * @typedef {import("./firing.js").Slot} Slot
 * @typedef {import("./objects.js").FireOutcome} FireOutcome
 * @typedef {import("./objects.js").OutputReceipt} OutputReceipt
 * @typedef {import("./signed.js").Signed} Signed
 */

/**
 * What the page shows; called inside the frame. Each says what it did.
 * @typedef {object} Output
 * @property {(slot: Slot) => void} loaded an order was verified and kept: count down to `slot.t0`
 * @property {(slot: Slot, late: number) => OutputReceipt[]} fire play the effect, begun `late` microseconds ago
 * @property {(slot: Slot) => OutputReceipt[]} endState show how it looks afterwards
 * @property {(key: Key) => void} aborted
 */

/**
 * The picture that a site in `programme` mode goes by (DESIGN §5, Mode). Instants are the ceremony's.
 * @typedef {object} Following
 * @property {boolean} atLiveEdge
 * @property {(t0: number) => number} due when the picture of T0 is on this screen, as it looks now
 * @property {(t0: number) => number} expected T0 and the measured delay
 * @property {(t0: number) => Promise<{framed: boolean, picture: number | null}>} reaches resolved in the frame whose picture was
 *   captured at T0 or after; 2 s after it was expected with null
 */

/**
 * What the runner needs of its device.
 * @typedef {object} Host
 * @property {string} name under which it keeps things (keys.js)
 * @property {string} site
 * @property {import("./signed.js").SigningKey} key
 * @property {import("./storage.js").Storage} storage
 * @property {() => import("./warrants.js").Pinned | null} pinned
 * @property {() => number} monotonic
 * @property {(reading: number) => number | null} instant the ceremony's instant of a monotonic reading
 * @property {(instant: number) => number | null} reading the monotonic reading of a ceremony's instant
 * @property {() => number | null} bound
 * @property {(reading: number) => Promise<{framed: boolean}>} frameAt
 * @property {() => Following | null} [following] the programme's picture, where this site goes by it; null: by the clock
 * @property {(work: () => void, after: number) => () => void} later run after so many microseconds; returns how to cancel
 * @property {(message: import("./messages.js").Message) => void} answer `cue_loaded`, at once or not at all
 * @property {(message: import("./messages.js").Message) => void} receipt `cue_receipt`, until acknowledged
 */

export class CueRunner {
  #host;
  #output;
  /** @type {import("./firing.js").Memory} */
  #memory = firing.EMPTY;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {Map<string, () => void>} */
  #timers = new Map();
  /** Orders that are kept and not yet called loaded: the picture is not at the live edge. @type {Map<string, () => void>} */
  #unanswered = new Map();
  #stopped = false;

  /** @param {Host} host @param {Output} output */
  constructor(host, output) {
    this.#host = host;
    this.#output = output;
  }

  /** Whether an order waits for its T0. */
  get loaded() {
    return this.#memory.slots.some((slot) => slot.state !== "done");
  }

  /** Another tab is this device now: it fires, this one does not, and writes nothing over it. */
  stop() {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Read the memory; what a crash left is told, and loaded orders are decided again. */
  start() {
    this.#stopped = false;
    return this.#after(async () => {
      this.#memory = (await this.#host.storage.get("launches", this.#host.name)) ?? firing.EMPTY;
      const now = this.#host.instant(this.#host.monotonic()) ?? Date.now() * 1000;
      const found = firing.recover(this.#memory, now);
      await this.#keep(found.memory);
      const shown = found.reassert && firing.slotOf(this.#memory, found.reassert);
      const outputs = shown ? this.#output.endState(shown) : [];
      for (const key of found.unknown) await this.#owe(key, found.reassert && firing.sameKey(key, found.reassert) ? outputs : []);
      for (const slot of this.#memory.slots) if (slot.state === "loaded") this.#takeUp(slot);
    });
  }

  /** What a welcome carries; aborts first. @param {{orders: Signed[], aborts: Signed[]}} welcome */
  welcome({ orders, aborts }) {
    for (const abort of aborts) void this.abort(abort);
    for (const order of orders) void this.order(order);
  }

  /** An order arrived. @param {Signed} signed */
  order(signed) {
    return this.#after(async () => {
      const taken = this.#take(firing.takeOrder, signed);
      if (taken === null) return;
      try {
        await this.#keep(taken.memory);
      } catch {
        this.#host.answer({ type: "cue_loaded", order_hash: hashOf(signed), refused: "storage" });
        return;
      }
      for (const key of taken.dropped) await this.#drop(key);
      const slot = taken.key && firing.slotOf(this.#memory, taken.key);
      this.#answerWhenLive(taken, signed);
      if (slot === null) return;
      if (taken.verdict === "loaded") this.#takeUp(slot);
      if (taken.verdict === "aborted" || taken.verdict === "already_fired") await this.#owe(slot.key, []);
    });
  }

  /** An abort arrived. @param {Signed} signed */
  abort(signed) {
    return this.#after(async () => {
      const taken = this.#take(firing.takeAbort, signed);
      if (taken === null) return;
      await this.#keep(taken.memory);
      if (taken.verdict === "aborted" && taken.key) await this.#drop(taken.key);
    });
  }

  /** The clock changed: decide again for everything that waits. */
  clockChanged() {
    for (const slot of this.#memory.slots) if (slot.state === "loaded") this.#decideSoon(slot.key, 0);
  }

  /** @param {Slot} slot */
  #takeUp(slot) {
    this.#output.loaded(slot);
    this.#decideSoon(slot.key, 0);
  }

  /** @param {Key} key @param {number} after */
  #decideSoon(key, after) {
    const name = keyName(key);
    this.#timers.get(name)?.();
    this.#timers.set(name, this.#host.later(() => void this.#after(() => this.#decide(key)), after));
  }

  /** @param {Key} key */
  async #decide(key) {
    const slot = firing.slotOf(this.#memory, key);
    if (this.#stopped || slot?.state !== "loaded") return;
    const now = this.#host.instant(this.#host.monotonic());
    if (now === null) return this.#decideSoon(key, NO_TIME_YET);
    const following = this.#following();
    if (following === null || following.atLiveEdge) this.#unanswered.get(keyName(key))?.();
    const decision = firing.decide(this.#memory, key, now, following?.due(slot.t0) ?? slot.t0);
    const again = following === null ? LOOK_AGAIN : FOLLOW_AGAIN;
    if (decision.action === "wait") this.#decideSoon(key, Math.min(again, /** @type {number} */ (decision.at) - now));
    if (decision.action === "fire") await this.#fire(key, following);
    if (decision.action === "finish") await this.#finish(key, /** @type {FireOutcome} */ (decision.outcome));
  }

  /**
   * Mark, wait for the frame, output, finish. The mark is on disk before anything is shown.
   * @param {Key} key
   * @param {Following | null} following
   */
  async #fire(key, following) {
    const host = this.#host;
    try {
      await this.#keep(firing.mark(this.#memory, key));
    } catch (error) {
      // Without the mark nothing is shown; the disk may answer again before it is too late.
      console.error("cue_runner: no mark", error);
      this.#decideSoon(key, MARK_AGAIN);
      return;
    }
    const slot = /** @type {Slot} */ (firing.slotOf(this.#memory, key));
    const { framed, actual, target, detail } = following === null ? await this.#byClock(slot) : await this.#byPicture(slot, following);
    const late = Math.max(0, actual - target);
    const outputs = this.#output.fire(slot, late).map((output) => seen({ ...output, detail: output.detail || detail }, framed, actual));
    const outcome = late >= firing.LATE_FROM ? "fired_late" : "fired";
    await this.#keep(firing.finish(this.#memory, key, outcome, actual));
    await this.#owe(key, outputs, target);
  }

  /** @param {Slot} slot */
  async #byClock({ t0 }) {
    const host = this.#host;
    const { framed } = await host.frameAt(host.reading(t0) ?? host.monotonic());
    return { framed, actual: host.instant(host.monotonic()) ?? t0, target: t0, detail: "" };
  }

  /**
   * The target is when the picture of T0 itself was on the screen; where it did not come, when it was due: then this is late, and
   * says why.
   * @param {Slot} slot
   * @param {Following} following
   */
  async #byPicture({ t0 }, following) {
    const due = following.expected(t0);
    const { framed, picture } = await following.reaches(t0);
    const actual = this.#host.instant(this.#host.monotonic()) ?? due;
    if (picture === null) return { framed, actual, target: Math.min(due, actual), detail: "no_picture" };
    return { framed, actual, target: actual - (picture - t0), detail: "programme" };
  }

  #following() {
    return this.#host.following?.() ?? null;
  }

  /** Over without the effect. @param {Key} key @param {FireOutcome} outcome */
  async #finish(key, outcome) {
    const slot = /** @type {Slot} */ (firing.slotOf(this.#memory, key));
    const actual = outcome === "end_state" ? this.#host.instant(this.#host.monotonic()) : null;
    const outputs = outcome === "end_state" ? this.#output.endState(slot).map((output) => seen(output, true, actual)) : [];
    await this.#keep(firing.finish(this.#memory, key, outcome, actual));
    await this.#owe(key, outputs);
  }

  /** @param {Key} key */
  async #drop(key) {
    this.#timers.get(keyName(key))?.();
    this.#timers.delete(keyName(key));
    this.#unanswered.delete(keyName(key));
    this.#output.aborted(key);
    await this.#owe(key, []);
  }

  /**
   * @param {(memory: import("./firing.js").Memory, signed: Signed, pinned: import("./warrants.js").Pinned)
   *   => import("./firing.js").Taken} rule
   * @param {Signed} signed
   */
  #take(rule, signed) {
    const pinned = this.#host.pinned();
    return pinned && rule(this.#memory, signed, pinned);
  }

  /**
   * An order is called loaded only where it can be fired on time: with the picture at the live edge, or by the clock.
   * @param {import("./firing.js").Taken} taken
   * @param {Signed} signed
   */
  #answerWhenLive(taken, signed) {
    const following = this.#following();
    if (taken.verdict !== "loaded" || taken.key === null || following === null || following.atLiveEdge) {
      this.#answer(taken, signed);
      return;
    }
    const name = keyName(taken.key);
    this.#unanswered.set(name, () => {
      this.#unanswered.delete(name);
      this.#answer(taken, signed);
    });
  }

  /** @param {import("./firing.js").Taken} taken @param {Signed} signed */
  #answer(taken, signed) {
    const good = taken.verdict === "loaded" || taken.verdict === "known";
    const why = taken.detail ? `${taken.verdict}:${taken.detail}` : taken.verdict;
    this.#host.answer({ type: "cue_loaded", order_hash: hashOf(signed), refused: good ? "" : why });
  }

  /**
   * A receipt is signed, on disk, and then sent until it is acknowledged.
   * @param {Key} key
   * @param {OutputReceipt[]} outputs
   * @param {number} [target] where it was not T0 itself
   */
  async #owe(key, outputs, target) {
    const host = this.#host;
    const slot = /** @type {Slot} */ (firing.slotOf(this.#memory, key));
    const body = {
      type: "diemcau.receipt.v1",
      ceremony_id: host.pinned()?.ceremony_id,
      ...key,
      site: host.site,
      device: host.key.id,
      order_hash: slot.order_hash,
      outcome: slot.outcome,
      target: target ?? slot.t0,
      actual: slot.actual,
      clock_bound: host.bound() ?? UNKNOWN_BOUND,
      outputs,
    };
    const message = { type: "cue_receipt", id: uuid7(), receipt: sign(body, host.key) };
    await host.storage.write([{ store: "receipts", key: `${host.name}/${message.id}`, value: message }]);
    host.receipt(message);
  }

  /** @param {import("./firing.js").Memory} memory */
  async #keep(memory) {
    if (memory === this.#memory) return;
    await this.#host.storage.write([{ store: "launches", key: this.#host.name, value: memory }]);
    this.#memory = memory;
  }

  /** @param {() => Promise<unknown>} work */
  #after(work) {
    const done = this.#last.then(work);
    this.#last = done.catch((error) => console.error("cue_runner", error));
    return done;
  }
}

/** @param {Key} key */
function keyName({ live, cue, attempt }) {
  return `${live}/${cue}/${attempt}`;
}

/** @param {Signed} signed */
function hashOf(signed) {
  try {
    return digest(signed);
  } catch (error) {
    if (error instanceof BadSignature) return "";
    throw error;
  }
}

/** An output that no frame carried was not seen. @param {OutputReceipt} output @param {boolean} framed @param {number | null} at */
function seen(output, framed, at) {
  return framed ? { ...output, at } : { ...output, ok: false, at, detail: output.detail || "hidden" };
}
