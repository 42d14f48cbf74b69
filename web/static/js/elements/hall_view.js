// This machine as the hall's screen: the launch scene over the whole page, the point's name and what is on below it, and the words
// that matter when the machine is not fit (hidden tab, not started).

import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

const IDLE_AFTER = 4000;
/** A tab hidden for less than this is not worth telling. */
const HIDDEN_FOR = 1500;

export class HallView {
  #root = byId("hall");
  #unlock;
  #hiddenAt = 0;
  #hiddenWords = "";
  #title = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idle = undefined;

  /**
   * @param {import("../lib/unlock.js").Unlock} unlock
   * @param {() => void} left the person went back to the reports
   */
  constructor(unlock, left) {
    this.#unlock = unlock;
    byId("hall-begin").addEventListener("click", () => void unlock.begin(document.documentElement));
    byId("hall-leave").addEventListener("click", () => {
      this.close();
      left();
    });
    for (const event of ["pointermove", "pointerdown", "keydown"]) this.#root.addEventListener(event, () => this.#awake());
    document.addEventListener("visibilitychange", () => this.#seen());
    unlock.listen(() => this.draw());
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  open() {
    if (this.isOpen) return;
    this.#root.hidden = false;
    byId("page").inert = true;
    this.#awake();
    this.draw();
  }

  close() {
    this.#root.hidden = true;
    byId("page").inert = false;
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  /** @param {string} name @param {string} programme what is on now, or next */
  say(name, programme) {
    setText(byId("hall-name"), name);
    setText(byId("hall-now"), programme);
  }

  draw() {
    const health = this.#unlock.health();
    byId("hall-begin").hidden = this.#unlock.tapped && health.fullscreen === true;
    const warning = this.#warning(health);
    setText(byId("hall-warning"), warning);
    byId("hall-warning").hidden = warning === "";
  }

  /** @param {import("../lib/messages.js").Health} health */
  #warning(health) {
    if (!this.#unlock.tapped) return t("Bấm Bắt đầu để mở âm thanh, toàn màn hình và giữ máy sáng.");
    if (this.#hiddenWords) return this.#hiddenWords;
    if (health.sound === false) return t("Âm thanh đang tắt. Bấm Bắt đầu để mở lại.");
    return "";
  }

  #seen() {
    if (document.visibilityState === "hidden") {
      this.#hiddenAt = performance.now();
      this.#title = document.title;
      if (this.isOpen) document.title = t("⚠ Mở lại thẻ này");
      return;
    }
    if (this.isOpen && this.#title) document.title = this.#title;
    const hidden = performance.now() - this.#hiddenAt;
    if (!this.isOpen || hidden < HIDDEN_FOR) return;
    this.#hiddenWords = t("Màn hình này vừa ở thẻ ẩn {count} giây. Giữ trang này mở và màn hình sáng.", { count: Math.round(hidden / 1000) });
    setTimeout(() => {
      this.#hiddenWords = "";
      this.draw();
    }, 15_000);
    this.draw();
  }

  /** Controls show while somebody is there. */
  #awake() {
    this.#root.classList.remove("is-idle");
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#root.classList.toggle("is-idle", this.#unlock.tapped), IDLE_AFTER);
  }
}
