// The output of a device whose page shows the launch scene: what the cue runner tells, on the screen.

import { read } from "../lib/signed.js";
import { mustClear } from "../models/public_launch.js";

/**
 * @typedef {import("../lib/firing.js").Slot} Slot
 * @typedef {import("../lib/firing.js").Key} Key
 * @typedef {import("../lib/messages.js").CuePrepare} CuePrepare
 * @typedef {import("../lib/cue_runner.js").Output} Output
 */

/** @implements {Output} */
export class SceneOutput {
  #scene;
  #active;
  /** What stands on the screen, or waits for its T0. @type {Key | null} */
  #shown = null;
  #fired = false;

  /**
   * @param {import("./launch_scene.js").LaunchScene} scene
   * @param {(active: boolean, live: boolean) => void} [active] the scene has something to show that may cover the page, or no longer
   */
  constructor(scene, active = () => {}) {
    this.#scene = scene;
    this.#active = active;
  }

  /** Whether something of an attempt stands on the screen or waits for its T0. */
  get standing() {
    return this.#shown !== null;
  }

  /** @param {CuePrepare | null} prepare the cue that is being prepared, or none */
  prepared(prepare) {
    if (this.#fired && mustClear(this.#shown, prepare)) this.clear();
  }

  /** The person at the page closes what is shown. */
  clear() {
    this.#shown = null;
    this.#fired = false;
    this.#scene.quiet();
    this.#active(false, true);
  }

  /** @param {Slot} slot */
  loaded(slot) {
    this.#shown = slot.key;
    this.#fired = false;
    this.#scene.quiet();
    this.#scene.rehearsal(!slot.key.live);
    this.#scene.know({ t0: slot.t0, trigger: triggerOf(slot), state: "committed" });
    this.#active(true, slot.key.live);
  }

  /** @param {Slot} slot @param {number} late microseconds */
  fire(slot, late) {
    this.#stand(slot);
    this.#scene.fire(late / 1000);
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
    this.#scene.rehearsal(!slot.key.live);
    this.#active(true, slot.key.live);
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
