// Taking back the launch, or the armed button: one deliberate act, until when it is possible, and whether it came in time.

import { Problem, command } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { abortLeft, mayAbort } from "../models/launch.js";
import { HOLD_MS, HoldButton } from "./hold_button.js";

/** @typedef {import("../models/launch.js").Cue} Cue */

/** How long the word on how to hold stays after a tap, ms. */
const HINT_MS = 2_500;

export class AbortPart {
  /**
   * @param {{now: () => number, say: (error: unknown) => void, ask: (cue: Cue, stop: () => Promise<unknown>) => void,
   *   reason?: () => string}} page `ask` puts the question to whoever cannot hold a button
   */
  constructor(page) {
    this.page = page;
    this.button = /** @type {HTMLButtonElement} */ (byId("abort"));
    /** @type {Cue | null} */
    this.cue = null;
    /** The attempt whose order this page asked to take back; told once if that came too late. */
    this.asked = 0;
    this.sending = false;
    this.hintUntil = 0;
    this.hold = new HoldButton(this.button, {
      done: () => void this._stop().catch((error) => this._failed(error)),
      released: () => this._hint(),
      asked: () => this.cue && page.ask(this.cue, () => this._stop()),
      changed: () => this.draw(this.cue),
    });
  }

  /** @param {Cue | null} cue */
  draw(cue) {
    this.cue = cue;
    this._tellIfLate();
    const now = this.page.now();
    const may = mayAbort(cue, now);
    this.button.disabled = !may || this.sending;
    setText(byId("abort-label"), cue?.state === "armed" ? t("Giữ để thu lại nút bấm") : t("Giữ để hủy lệnh"));
    setText(byId("abort-words"), this._words(may, now));
  }

  /** @param {boolean} may @param {number} now */
  _words(may, now) {
    const cue = this.cue;
    if (!cue) return "";
    if (this.sending || cue.state === "aborting") return t("đang hủy…");
    if (cue.state === "aborted") return t("lệnh đã hủy");
    if (cue.state === "committed" && !may) return t("đã quá lúc hủy được");
    if (!may) return t("chưa có lệnh nào");
    if (this.hold.held) return t("giữ tiếp…");
    if (performance.now() < this.hintUntil) return t("giữ nút {seconds} giây", { seconds: (HOLD_MS / 1000).toLocaleString("vi-VN") });
    if (cue.state === "armed") return t("nút sẽ khóa lại");
    return t("còn kịp trong {seconds} giây", { seconds: Math.ceil(abortLeft(cue, now) / 1_000_000) });
  }

  async _stop() {
    const cue = this.cue;
    if (!cue || this.sending) return;
    this.sending = true;
    this.asked = cue.state === "committed" ? cue.attempt : 0;
    this.draw(cue);
    try {
      await command({ kind: "abort_cue", cue: cue.cue, attempt: cue.attempt, reason: this.page.reason?.() ?? "" });
    } finally {
      this.sending = false;
      this.draw(this.cue);
    }
  }

  /** @param {unknown} error */
  _failed(error) {
    this.asked = 0;
    this.page.say(error);
  }

  _hint() {
    this.hintUntil = performance.now() + HINT_MS;
    this.draw(this.cue);
    setTimeout(() => this.draw(this.cue), HINT_MS + 50);
  }

  /** The server takes the wish and the holder answers later: an order that went on all the same must be told of. */
  _tellIfLate() {
    const cue = this.cue;
    if (!cue || this.asked === 0) return;
    if (cue.attempt === this.asked && ["fired", "verified"].includes(cue.state)) {
      this.asked = 0;
      this.page.say(new Problem("abort_too_late", t("Không kịp hủy: lệnh đã được thi hành ở các điểm cầu.")));
    } else if (cue.attempt !== this.asked || cue.state === "aborted") {
      this.asked = 0;
    }
  }
}
