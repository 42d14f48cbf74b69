// Notices to a selection of sites, and who has not read each.

import { command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { noticesOf } from "../models/help.js";
import { awaitedList } from "./awaited_list.js";
import { SitePicker } from "./site_picker.js";

/** @typedef {import("../models/help.js").Notice} Notice */

export class NoticePart {
  /** @param {import("./ask_dialog.js").AskDialog} ask */
  constructor(ask) {
    this._ask = ask;
    this._key = "";
    this._to = new SitePicker(/** @type {HTMLSelectElement} */ (byId("notice-to")), () => this._count());
    byId("notice-text").addEventListener("input", () => this._count());
    byId("notice-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this._askSend();
    });
  }

  /** @param {Map<string, any>} help @param {Map<string, any>} sites @param {any} info */
  draw(help, sites, info) {
    this._to.draw(sites, info?.levels ?? []);
    const notices = noticesOf(help);
    const key = JSON.stringify(notices);
    if (key === this._key) return;
    this._key = key;
    byId("notices").replaceChildren(...notices.map((notice) => this._row(notice)));
    byId("notices-empty").hidden = notices.length > 0;
  }

  _count() {
    const { count } = this._to.selection();
    setText(byId("notice-count"), tn("{count} điểm cầu sẽ nhận", count));
    const empty = /** @type {HTMLTextAreaElement} */ (byId("notice-text")).value.trim() === "";
    /** @type {HTMLButtonElement} */ (byId("notice-send")).disabled = empty || count === 0;
  }

  _askSend() {
    const field = /** @type {HTMLTextAreaElement} */ (byId("notice-text"));
    const urgent = /** @type {HTMLInputElement} */ (byId("notice-urgent")).checked;
    const { to, count, words } = this._to.selection();
    const text = field.value.trim();
    if (!text || count === 0) return;
    this._ask.open({
      title: tn("Gửi thông báo tới {count} điểm cầu?", count),
      words: `${words}: “${text}”`,
      yes: t("Gửi thông báo"),
      work: async () => {
        await command({ kind: "send_notice", text, to, urgent });
        field.value = "";
        this._count();
      },
    });
  }

  /** @param {Notice} notice */
  _row(notice) {
    const unread = notice.of - notice.read;
    const details = awaitedList(unread === 0 ? t("Tất cả đã đọc") : tn("{count} điểm cầu chưa đọc", unread), `/api/v1/notices/${notice.id}/unread`);
    const withdraw = make("button", { class: "button is-small is-plain", text: t("Thu hồi"), attributes: { type: "button" } });
    withdraw.hidden = notice.withdrawn;
    withdraw.addEventListener("click", () => this._askWithdraw(notice));
    const share = Math.round((100 * notice.read) / Math.max(1, notice.of));
    return make("li", { class: "notice", attributes: { "data-withdrawn": String(notice.withdrawn) } }, [
      make("div", { class: "row is-spread" }, [
        make("p", { class: "small quiet", text: `${time(notice.at)} · ${notice.seat}${notice.urgent ? t(" · khẩn") : ""}${notice.rehearsal ? t(" · tổng duyệt") : ""}${notice.withdrawn ? t(" · đã thu hồi") : ""}` }),
        withdraw,
      ]),
      make("p", { class: "notice-text", text: notice.text }),
      make("div", { class: "notice-read" }, [make("progress", { attributes: { max: String(notice.of), value: String(notice.read), "aria-label": t("Đã đọc") } }), make("span", { class: "small number", text: t("{read}/{of} đã đọc ({share} %)", { read: notice.read, of: notice.of, share }) })]),
      details,
    ]);
  }

  /** @param {Notice} notice */
  _askWithdraw(notice) {
    this._ask.open({
      title: t("Thu hồi thông báo này?"),
      words: `“${notice.text}”`,
      yes: t("Thu hồi thông báo"),
      danger: true,
      work: () => command({ kind: "withdraw_notice", notice: notice.id }),
    });
  }
}
