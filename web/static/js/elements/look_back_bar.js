// Looking back over the programme: half a minute at a tap, a bar over all that is kept, and the way to what is live. Quiet where nobody
// touches it; by keyboard as by finger.

import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { farthest, NEAR_LIVE, offered, STEP } from "../models/look_back.js";
import { longWords } from "../models/playback_words.js";

/** What the button goes back by, in seconds. */
const BACK_BY = 30;
/** How often the bar follows, in ms. */
const FOLLOW_EVERY = 1000;

export class LookBackBar {
  #root;
  #player;
  #bar;
  /** A finger is on the bar: it follows that, not the programme. */
  #held = false;

  /** @param {HTMLElement} root @param {import("../lib/player.js").Player} player */
  constructor(root, player) {
    this.#root = root;
    this.#player = player;
    this.#bar = /** @type {HTMLInputElement} */ (this.#part("back-bar"));
    this.#bar.step = String(STEP);
    this.#bar.max = "0";
    this.#part("back-step").addEventListener("click", () => player.lookAt(player.behindLive + BACK_BY));
    this.#part("back-live").addEventListener("click", () => this.#goLive());
    this.#bar.addEventListener("input", () => this.#hold());
    this.#bar.addEventListener("change", () => this.#let());
    setInterval(() => this.draw(player.status), FOLLOW_EVERY);
  }

  /** @param {import("../lib/player.js").PlayerStatus} status */
  draw(status) {
    const { range } = this.#player;
    const shown = range !== null && status.picture && (offered(range) || status.back);
    this.#root.hidden = !shown;
    document.body.classList.toggle("can-look-back", shown);
    if (!shown) return;
    this.#bar.min = String(-farthest(range));
    if (!this.#held) this.#bar.value = String(status.back ? -this.#player.behindLive : 0);
    this.#part("back-live").hidden = !status.back;
    this.#say(-Number(this.#bar.value));
  }

  #hold() {
    this.#held = true;
    this.#say(-Number(this.#bar.value));
  }

  #let() {
    this.#held = false;
    this.#player.lookAt(-Number(this.#bar.value));
  }

  #goLive() {
    this.#player.lookAt(0);
    this.#bar.focus(); // the button goes: whoever came by keyboard must not fall out of the page
  }

  /** @param {number} behind */
  #say(behind) {
    const share = Number(this.#bar.min) === 0 ? 1 : 1 + behind / Number(this.#bar.min);
    this.#bar.style.setProperty("--share", String(Math.min(1, Math.max(0, share))));
    this.#bar.setAttribute("aria-valuetext", behind < NEAR_LIVE ? t("Trực tiếp") : this.#words(behind));
    this.#bar.title = behind < NEAR_LIVE ? t("Kéo để xem lại") : this.#words(behind);
  }

  /** @param {number} behind */
  #words(behind) {
    const playing = this.#player.playingInstant();
    const late = t("chậm {long}", { long: longWords(behind) });
    return playing === null ? late : `${clock(playing - (behind - this.#player.behindLive) * 1_000_000)}, ${late}`;
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}
