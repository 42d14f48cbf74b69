// The output of a device whose page shows the launch scene: what the cue runner tells, on the screen.

import { read } from "../lib/signed.js";
import { mustClear, sameAttempt } from "../models/public_launch.js";
import { DIGITS } from "../models/scene.js";

/**
 * @typedef {import("../lib/firing.js").Slot} Slot
 * @typedef {import("../lib/firing.js").Key} Key
 * @typedef {import("../lib/messages.js").CuePrepare} CuePrepare
 * @typedef {import("../lib/cue_runner.js").Output} Output
 */

/** What was shown stays at least this long, also when the centre has all receipts and clears the cue at once; ms. */
const STAYS = 60_000;

/** @implements {Output} */
export class SceneOutput {
  #scene;
  #active;
  #clip;
  #when;
  /** What stands on the screen, or waits for its T0. @type {Key | null} */
  #shown = null;
  #fired = false;
  #firedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #clearing = undefined;

  /**
   * @param {import("./launch_scene.js").LaunchScene} scene
   * @param {(active: boolean) => void} [active] the scene has something to show that may cover the page, or no longer
   * @param {import("../lib/stage_clip.js").StageClip | null} [clip] the organisers' own, over the scene
   * @param {(instant: number, work: () => void) => void} [when] does something when an instant is there; at once where the scene
   *   itself counts by the clock
   */
  constructor(scene, active = () => {}, clip = null, when = (_, work) => work()) {
    this.#when = when;
    this.#clip = clip;
    this.#scene = scene;
    this.#active = active;
  }

  /** Whether something of an attempt stands on the screen or waits for its T0. */
  get standing() {
    return this.#shown !== null;
  }

  /** @param {CuePrepare | null} prepare the cue that is being prepared, or none */
  prepared(prepare) {
    clearTimeout(this.#clearing);
    this.#clip?.want(prepare?.assets ?? []);
    if (!this.#fired || !mustClear(this.#shown, prepare)) return;
    const left = this.#firedAt + STAYS - performance.now();
    if (left <= 0) this.clear();
    else this.#clearing = setTimeout(() => this.prepared(prepare), left);
  }

  /** The person at the page closes what is shown. */
  clear() {
    clearTimeout(this.#clearing);
    this.#shown = null;
    this.#fired = false;
    this.#clip?.stop();
    this.#scene.quiet();
    this.#active(false);
  }

  /** @param {Slot} slot */
  loaded(slot) {
    clearTimeout(this.#clearing);
    this.#shown = slot.key;
    this.#fired = false;
    this.#scene.quiet();
    this.#scene.rehearsal(!slot.key.live);
    this.#active(true);
    // Light must not gather on a screen whose picture does not show the hands on the button yet.
    this.#when(slot.t0 - DIGITS, () => {
      if (sameAttempt(this.#shown, slot.key) && !this.#fired) this.#scene.know({ t0: slot.t0, trigger: triggerOf(slot), state: "committed" });
    });
  }

  /** @param {Slot} slot @param {number} late microseconds */
  fire(slot, late) {
    this.#stand(slot);
    this.#scene.fire(late / 1000);
    this.#clip?.play(late / 1000);
    return [receipt()];
  }

  /** @param {Slot} slot */
  endState(slot) {
    this.#stand(slot);
    this.#scene.endState();
    return [receipt()];
  }

  /** @param {Key} key */
  aborted(key) {
    if (this.#shown && !this.#fired && this.#shown.attempt === key.attempt && this.#shown.live === key.live) this.clear();
  }

  /** @param {Slot} slot */
  #stand(slot) {
    this.#shown = slot.key;
    this.#fired = true;
    this.#firedAt = performance.now();
    this.#scene.rehearsal(!slot.key.live);
    this.#active(true);
  }
}

function receipt() {
  return { name: "page", ok: true, at: null, detail: "" };
}

/** @param {Slot} slot @returns {"countdown" | "seats"} */
function triggerOf(slot) {
  const order = read(slot.order, "diemcau.order.v1");
  return read(order.warrant, "diemcau.warrant.v1").trigger;
}
