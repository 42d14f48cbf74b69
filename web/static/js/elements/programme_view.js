// The programme's picture on a page: the video, words where there is none, and the sound button. Filled from `_programme.html`.

import { t } from "../lib/i18n.js";
import { LookBackBar } from "./look_back_bar.js";
import { setText } from "../lib/page.js";
import { Player } from "../lib/player.js";
import { cardOf, delayWords } from "../models/playback_words.js";

/** Words about waiting come only where it lasts, in ms. */
const PATIENCE = 700;

export class ProgrammeView {
  #root;
  #changed;
  #card = "";
  /** @type {LookBackBar | null} */
  #lookBack;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #late = undefined;

  /**
   * @param {HTMLElement} root the element of `_programme.html`
   * @param {import("../lib/player.js").Options} options
   * @param {{looksBack?: boolean}} [more] `looksBack`: whether people here may look back; a hall's screen may not
   */
  constructor(root, options = {}, { looksBack = false } = {}) {
    this.#root = root;
    this.#changed = options.changed ?? (() => {});
    this.video = /** @type {HTMLVideoElement} */ (this.#part("video"));
    this.player = new Player(this.video, { ...options, changed: (status) => this.#draw(status) });
    this.#part("sound").addEventListener("click", () => this.player.setSound(this.player.status.muted));
    this.#part("act").addEventListener("click", () => this.player.play());
    const quality = this.#part("quality");
    quality.addEventListener("click", () => this.player.setQuality(this.player.status.quality === "low" ? "auto" : "low"));
    this.#lookBack = looksBack ? new LookBackBar(this.#part("back"), this.player) : null;
    this.#draw(this.player.status);
  }

  /** @param {boolean} shown whether this page shows the programme at all; a hidden one loads nothing */
  show(shown) {
    this.#root.hidden = !shown;
    if (shown) this.player.start();
    else if (this.player.running) this.player.stop();
    this.#draw(this.player.status);
  }

  get shown() {
    return !this.#root.hidden;
  }

  /** @param {import("../lib/player.js").PlayerStatus} status */
  #draw(status) {
    const root = this.#root;
    root.dataset.state = status.state;
    root.dataset.picture = String(status.picture);
    root.dataset.muted = String(status.muted);
    root.dataset.back = String(status.back);
    const sound = this.#part("sound");
    sound.hidden = !status.picture;
    setText(this.#part("sound-words"), status.muted ? t("Bật tiếng") : t("Tắt tiếng"));
    this.#part("live").hidden = status.state !== "playing";
    setText(this.#part("live-words"), status.back ? t("Xem lại") : t("Trực tiếp"));
    setText(this.#part("delay"), delayWords(status));
    this.#lookBack?.draw(status);
    const quality = this.#part("quality");
    setText(quality, status.quality === "low" ? t("Hình nhẹ") : t("Hình nét"));
    quality.setAttribute("aria-pressed", String(status.quality !== "low"));
    quality.title = status.quality === "low" ? t("Đang xem hình nhẹ (360p). Bấm để xem hình nét.") : t("Đang xem hình nét nhất mà đường truyền chịu được. Bấm để xem hình nhẹ (360p).");
    this.#drawCard(status);
    this.#changed(status);
  }

  /** @param {import("../lib/player.js").PlayerStatus} status */
  #drawCard(status) {
    const card = cardOf(status);
    const summary = JSON.stringify(card);
    if (summary === this.#card) return;
    this.#card = summary;
    clearTimeout(this.#late);
    if (card !== null && status.state === "stalled" && !card.cover) this.#late = setTimeout(() => this.#say(card), PATIENCE);
    else this.#say(card);
  }

  /** @param {import("../models/playback_words.js").Card | null} card */
  #say(card) {
    this.#part("card").hidden = card === null;
    if (card === null) return;
    this.#root.dataset.cover = String(card.cover);
    setText(this.#part("card-title"), card.title);
    setText(this.#part("card-more"), card.more);
    setText(this.#part("act"), card.act);
    this.#part("act").hidden = card.act === "";
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}
