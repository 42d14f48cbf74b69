// A person's device (leader's pad, MC, caller, technician): its key, its enrolment, and what it signs.

import { command } from "./api.js";
import { browserName, deviceName, loadKey } from "./keys.js";
import { sign } from "./signed.js";
import { openStorage } from "./storage.js";

/**
 * @typedef {import("../models/launch.js").Cue} Cue
 */

export class SeatDevice {
  /**
   * @param {import("./signed.js").SigningKey} key
   * @param {boolean} survives whether the key is still there after a reload
   */
  constructor(key, survives) {
    this.key = key;
    this.survives = survives;
  }

  /**
   * Load or make this browser's key for the link, and make it known to the server. The same key again changes nothing.
   * @param {string} as
   * @returns {Promise<SeatDevice>}
   * @throws {import("./api.js").Problem}
   */
  static async open(as) {
    const storage = await openStorage();
    const key = await loadKey(storage, deviceName(as, "seat"));
    const device = new SeatDevice(key, storage.survives);
    await command({
      kind: "enrol_device",
      public_key: key.public,
      device_kind: "page",
      name: browserName(navigator.userAgent),
      part: "seat",
    });
    return device;
  }

  /** The fingerprint that `diemcau signer trust` asks for. */
  get id() {
    return this.key.id;
  }

  /**
   * Press a seat, or in its place. Sent once and never later: an answer that does not come within 4 s is a failure to tell.
   * @param {Cue} cue armed
   * @param {string} seat this device's own seat
   * @param {number} pressedAt instant in µs on the ceremony clock
   * @param {string|null} [substituteFor]
   * @throws {import("./api.js").Problem}
   */
  press(cue, seat, pressedAt, substituteFor = null) {
    const press = sign(
      {
        type: "diemcau.press.v1",
        warrant_hash: cue.warrant_hash,
        seat,
        substitute_for: substituteFor,
        pressed_at: pressedAt,
      },
      this.key,
    );
    return command({ kind: "press", press }, { once: true });
  }

  /**
   * Confirm the arming of exactly the plan that was shown.
   * @param {Cue} cue
   * @param {string} role
   * @throws {import("./api.js").Problem}
   */
  confirm(cue, role) {
    const confirmation = sign(
      {
        type: "diemcau.confirm.v1",
        plan_hash: cue.plan_hash,
        live: cue.live,
        cue: cue.cue,
        attempt: cue.attempt,
        role,
        device: this.key.id,
      },
      this.key,
    );
    return command({ kind: "confirm_arming", cue: cue.cue, attempt: cue.attempt, confirmation });
  }

  /**
   * Say of exactly the warrant that was shown: its holder is switched off and did not fire.
   * @param {string} ceremonyId
   * @param {string} cue
   * @param {import("../models/doubt.js").DoubtRow} doubt
   * @param {string} role
   * @throws {import("./api.js").Problem}
   */
  vouch(ceremonyId, cue, doubt, role) {
    const word = sign(
      {
        type: "diemcau.vouch_word.v1",
        ceremony_id: ceremonyId,
        live: doubt.live,
        cue,
        attempt: doubt.attempt,
        warrant_hash: doubt.warrant_hash,
        role,
        device: this.key.id,
      },
      this.key,
    );
    return command({ kind: "vouch_warrant", cue, attempt: doubt.attempt, word });
  }
}
