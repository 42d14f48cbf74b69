// The host's switch for the picture of the room: off until the technical team allows it, a notice hangs in the room, and the host says so.

import { command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { RoomCamera } from "../lib/room_camera.js";

export class RoomSharing {
  /** @param {string} site */
  constructor(site) {
    this._site = site;
    this._camera = new RoomCamera(site, (state) => this._said(state));
    /** @type {{allowed: boolean, since: number | null} | null} */
    this._row = null;
    this._words = "";
    this._busy = false;
    /** Only the device whose host tapped opens its camera; another phone of the site does not. */
    this._mine = sessionStorage.getItem(this._name) === "on";
    byId("room-notice").addEventListener("change", () => this._draw());
    byId("room-act").addEventListener("click", () => void this._switch());
    byId("room-other").addEventListener("click", () => void this._other());
  }

  get _name() {
    return `diemcau-room-${this._site}`;
  }

  /** @param {{allowed: boolean, since: number | null} | undefined} row `room` of the site's feed */
  take(row) {
    this._row = row ?? null;
    if (!row?.allowed || row.since === null) {
      if (this._mine && this._camera.running) this._words = t("Đã dừng gửi ảnh phòng họp.");
      this._remember(false);
      this._camera.stop();
    } else if (this._mine) void this._camera.start();
    this._draw();
  }

  /** The switch of the room: on with this machine's camera, or off whoever sends. */
  async _switch() {
    await this._set(this._row?.since === null, true);
  }

  /** Another machine of the site sends, or this one takes over. */
  async _other() {
    if (this._row?.since === null) await this._set(true, false);
    else {
      this._remember(true);
      void this._camera.start();
      this._draw();
    }
  }

  /** @param {boolean} on @param {boolean} here with this machine's camera */
  async _set(on, here) {
    if (this._busy || !this._row) return;
    this._busy = true;
    this._words = "";
    this._draw();
    try {
      this._remember(on && here);
      await command({ kind: "share_room", site: this._site, on, notice_posted: true });
    } catch (error) {
      this._remember(false);
      this._words = /** @type {Error} */ (error).message;
    } finally {
      this._busy = false;
      this._draw();
    }
  }

  /** @param {boolean} on */
  _remember(on) {
    this._mine = on;
    if (on) sessionStorage.setItem(this._name, "on");
    else sessionStorage.removeItem(this._name);
  }

  /** @param {{sentAt: number | null, problem: string, code: string}} state */
  _said({ sentAt, problem, code }) {
    if (code === "camera") {
      this._words = problem === "NotAllowedError" ? t("Trình duyệt chưa cho dùng máy ảnh. Mở quyền máy ảnh cho trang này rồi bật lại.") : t("Máy này không mở được máy ảnh. Dùng máy khác hoặc bỏ qua việc này.");
      this._remember(false);
    } else this._words = problem || (sentAt !== null ? t("Đã gửi ảnh lúc {time}.", { time: time(sentAt) }) : "");
    this._draw();
  }

  _draw() {
    const row = this._row;
    byId("room").hidden = !row?.allowed;
    if (!row?.allowed) return;
    const sending = row.since !== null && this._mine;
    const elsewhere = row.since !== null && !this._mine;
    const act = /** @type {HTMLButtonElement} */ (byId("room-act"));
    const other = /** @type {HTMLButtonElement} */ (byId("room-other"));
    const noticed = /** @type {HTMLInputElement} */ (byId("room-notice")).checked;
    setText(byId("room-state"), sending ? t("Đang gửi ảnh phòng họp, 30 giây một ảnh.") : elsewhere ? t("Máy khác của điểm cầu đang gửi ảnh phòng họp.") : t("Đang tắt. Không có ảnh nào rời khỏi phòng."));
    byId("room").dataset.on = String(sending || elsewhere);
    byId("room-notice-line").hidden = row.since !== null;
    act.disabled = this._busy || (row.since === null && !noticed);
    setText(act, row.since === null ? t("Bật gửi ảnh phòng họp") : t("Dừng gửi ảnh"));
    other.hidden = sending;
    other.disabled = act.disabled;
    setText(other, elsewhere ? t("Gửi ảnh từ máy này") : t("Bật, máy cài sẵn của hội trường gửi"));
    setText(byId("room-words"), this._words);
  }
}
