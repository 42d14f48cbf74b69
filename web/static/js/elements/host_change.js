// Changing who looks after a site, at 06:45, over the phone: take this link back, read a new code aloud, let the right person in.

import { command, post } from "../lib/api.js";
import { clock, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{id: string, site: string, check: string, asked_at: number, state: string}} Pending
 * @typedef {{site: SiteRow, revokedAt: number, code: string, expires: number, state: "told" | "in"}} Change
 */

export class HostChange {
  /**
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {{now: () => number, show: (children: Node[]) => void, decide: (pending: Pending, accept: boolean) => Promise<boolean>}} page
   */
  constructor(ask, page) {
    this._ask = ask;
    this._page = page;
    /** @type {Change | null} */
    this._change = null;
    /** @type {Pending | null} */
    this._pending = null;
    this._drawn = "";
  }

  /** @param {SiteRow} site */
  begin(site) {
    this._ask.open({
      title: t("Đổi người phụ trách {name}?", { name: site.name }),
      words: t("Máy đang dùng liên kết cũ bị ngắt ngay và được báo lý do. Số đã báo vẫn còn. Người mới vào bằng mã đọc qua điện thoại."),
      yes: t("Thu hồi và lấy mã mới"),
      danger: true,
      fields: [{ name: "reason", label: t("Lý do"), required: true, value: t("Đổi người phụ trách") }],
      work: async ({ reason }) => {
        await command({ kind: "revoke_link", subject: `host:${site.code}`, reason });
        await this._code(site, this._page.now());
      },
    });
  }

  /** Another code for the same change: the first one expired or was mistyped too often. */
  async _again() {
    if (this._change) await this._code(this._change.site, this._change.revokedAt);
  }

  /** @param {SiteRow} site @param {number} revokedAt */
  async _code(site, revokedAt) {
    const answer = await post("/api/v1/codes", { site: site.code });
    this._change = { site, revokedAt, code: answer.code, expires: answer.expires, state: "told" };
    this._pending = null;
    this._draw();
  }

  /** Those who typed a code. @param {Pending[]} waiting */
  waiting(waiting) {
    if (!this._change || this._change.state === "in") return;
    this._pending = waiting.find((each) => each.site === this._change?.site.code) ?? null;
    this._draw();
  }

  /** @param {boolean} accept */
  async _decide(accept) {
    if (!this._pending || !this._change) return;
    const done = await this._page.decide(this._pending, accept);
    if (done && accept) this._change.state = "in";
    this._pending = null;
    this._draw();
  }

  _draw() {
    const change = this._change;
    if (!change) return;
    const key = JSON.stringify([change, this._pending?.id]);
    if (key === this._drawn) return;
    this._drawn = key;
    const typed = this._pending !== null || change.state === "in";
    const digits = make("p", { class: "desk-digits", text: change.code.replace(/(\d{4})(\d{4})/, "$1 $2") });
    const again = button(t("Lấy mã khác"), "is-small is-plain", () => void this._again());
    this._page.show([
      make("h3", { text: t("Đổi người phụ trách {name}", { name: change.site.name }) }),
      make("ol", { class: "host-steps" }, [
        step("is-done", [make("p", { text: t("Đã thu hồi liên kết cũ lúc {time}. Máy cũ hiện lời báo và không gửi được nữa.", { time: clock(change.revokedAt) }) })]),
        step(typed ? "is-done" : "", [
          make("p", { text: t("Đọc qua điện thoại cho người mới: mở {address}, gõ mã này.", { address: `${location.host}/enter` }) }),
          digits,
          make("p", { class: "small quiet", text: t("Dùng một lần, đến {time}.", { time: time(change.expires) }) }),
          ...(typed ? [] : [again]),
        ]),
        step(change.state === "in" ? "is-done" : typed ? "" : "is-waiting", this._confirming(change)),
      ]),
    ]);
  }

  /** @param {Change} change @returns {Node[]} */
  _confirming(change) {
    if (change.state === "in") return [make("p", { text: t("Đã cho vào. Trang của điểm cầu mở trên máy mới.") })];
    if (!this._pending) return [make("p", { text: t("Chờ người mới gõ mã, rồi so hai số hiện trên máy của họ.") })];
    return [
      make("p", { text: t("Người mới đã gõ mã. Hỏi hai số trên máy của họ, phải đúng là:") }),
      make("p", { class: "desk-digits", text: this._pending.check }),
      make("div", { class: "button-row" }, [
        button(t("Đúng, cho vào"), "is-main", () => void this._decide(true)),
        button(t("Không đúng, từ chối"), "is-plain", () => void this._decide(false)),
      ]),
    ];
  }
}

/** @param {string} state @param {Node[]} children */
function step(state, children) {
  return make("li", { class: state }, children);
}

/** @param {string} text @param {string} kind @param {() => void} act */
function button(text, kind, act) {
  const made = make("button", { class: `button ${kind}`, text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
