// "Màn hình hội trường": which machine shows the picture to the whole hall, and whether this one is fit for it.

import { Problem } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

/**
 * @typedef {import("../models/site_form.js").OwnSite} OwnSite
 * @typedef {import("../lib/device.js").SiteDevice} SiteDevice
 * @typedef {import("../lib/unlock.js").Unlock} Unlock
 */

export class SiteScreen {
  #unlock;
  #actions;
  #busy = false;

  /**
   * @param {Unlock} unlock
   * @param {{take: () => Promise<unknown>, open: () => void, skip: () => void}} actions
   */
  constructor(unlock, actions) {
    this.#unlock = unlock;
    this.#actions = actions;
    byId("screen-take").addEventListener("click", () => void this.#take());
    byId("screen-begin").addEventListener("click", () => this.#begin());
    byId("screen-skip").addEventListener("click", () => actions.skip());
  }

  /** @param {SiteDevice} device @param {OwnSite | null} mine */
  show(device, mine) {
    const own = device.status.part === "screen" || device.status.part === "effector";
    const other = mine?.devices.find((each) => each.part === "screen" && each.id !== device.key?.id);
    setText(byId("screen-title"), own ? t("Máy này là màn hình hội trường") : t("Máy nào chiếu cho cả hội trường?"));
    setText(byId("screen-words"), words(own, other));
    byId("screen-begin").hidden = !own;
    byId("screen-take").hidden = own;
    byId("screen-take").classList.toggle("is-main", !other?.connected);
    byId("screen-skip").hidden = own;
    setText(byId("screen-skip"), other ? t("Giữ như hiện nay") : t("Máy khác sẽ chiếu"));
    setText(byId("screen-take"), other ? t("Chuyển màn hình hội trường sang máy này") : t("Dùng máy này làm màn hình hội trường"));
    byId("screen-checks").replaceChildren(...(own ? this.#checks(device.status.clockReady) : []));
  }

  /** @param {boolean} clockReady */
  #checks(clockReady) {
    const health = this.#unlock.health();
    /** @type {[boolean, string][]} */
    const checks = [
      [clockReady, t("Đồng hồ khớp với trung tâm")],
      [this.#unlock.tapped && health.sound !== false, t("Âm thanh đã mở")],
      [health.fullscreen === true, t("Toàn màn hình")],
      [health.awake === true, this.#unlock.canStayAwake ? t("Giữ màn hình sáng") : t("Tắt chế độ nghỉ màn hình của máy (trang này không tự giữ được)")],
    ];
    return checks.map(([good, text]) => make("li", { text, attributes: { "data-good": String(good) } }));
  }

  async #take() {
    if (this.#busy) return;
    this.#busy = true;
    // The tap unlocks here and now; the answer of the centre comes too late for the browser.
    const unlocked = this.#unlock.begin(document.documentElement);
    byId("screen-take").setAttribute("aria-busy", "true");
    setText(byId("screen-error"), "");
    try {
      await this.#actions.take();
      await unlocked;
      this.#actions.open();
    } catch (error) {
      setText(byId("screen-error"), error instanceof Problem ? `${error.message} (${error.code})` : String(error));
      if (document.fullscreenElement) void document.exitFullscreen();
    }
    byId("screen-take").removeAttribute("aria-busy");
    this.#busy = false;
  }

  #begin() {
    void this.#unlock.begin(document.documentElement);
    this.#actions.open();
  }
}

/** @param {boolean} own @param {import("../models/site_form.js").OwnDevice | undefined} other */
function words(own, other) {
  if (own) return t("Bấm Bắt đầu để mở toàn màn hình, âm thanh và giữ máy sáng. Đến giờ, đếm ngược và hiệu ứng tự hiện.");
  if (other) {
    const state = other.connected ? t("đang kết nối") : t("chưa kết nối");
    return t("Hiện nay: {name}, {state}.", { name: other.name, state });
  }
  return t("Mở trang này trên máy nối máy chiếu hoặc TV rồi bấm nút dưới đây ở máy đó. Điện thoại chỉ dùng để báo cáo thì chọn “Máy khác sẽ chiếu”.");
}
