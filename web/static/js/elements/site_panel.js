// The side panel of one site: state and why, who to call, figures, devices, history. Follows the site while it is open.

import { command } from "../lib/api.js";
import { number, telephone, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { reporterWords } from "../models/figures.js";
import { gradeName, hasReported } from "../models/grades.js";
import { tooManyCompanions } from "../models/site_devices.js";
import { markIcon } from "./marks.js";
import { saidHistory } from "./said_history.js";
import { drawUnsettled } from "./unsettled_figures.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{counts: Record<string, number>, history: Array<[number, string, number]>,
 *   devices: Array<{id: string, name: string, part: string, connected: boolean}>, others?: Array<[string, string]>}} OwnSite
 */

export class SitePanel {
  /**
   * @param {HTMLElement} element
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {(site: SiteRow, own: OwnSite | undefined) => Node[]} [more] further buttons the page wants
   */
  constructor(element, feed, more = () => []) {
    this._element = element;
    this._feed = feed;
    this._more = more;
    /** @type {Array<{title: string, draw: (rows: Map<string, any>) => Node, early: boolean}>} */
    this._sections = [];
    /** @type {Map<string, any>} of the site's feed */
    this._rows = new Map();
    this.code = "";
    /** @type {(() => void) | null} */
    this._leave = null;
    /** @type {Element | null} */
    this._back = null;
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  /**
   * A further section, between the figures and the devices; or right below whom to call.
   * @param {string} title
   * @param {(rows: Map<string, any>) => Node} draw from the rows of the site's feed
   * @param {boolean} [early]
   */
  add(title, draw, early = false) {
    this._sections.push({ title, draw, early });
  }

  /** @param {string} code */
  open(code) {
    if (this.code === code) return;
    if (!this.code) this._back = document.activeElement;
    this._leave?.();
    this.code = code;
    this._element.hidden = false;
    this._waiting();
    this._leave = this._feed.subscribe(
      `site:${code}`,
      (rows) => {
        this._rows = rows;
        this._draw(rows.get("site"), rows.get("mine"), rows.get("figures"));
      },
      (problem) => this._failed(problem),
    );
  }

  close() {
    this._leave?.();
    this._leave = null;
    this.code = "";
    this._element.hidden = true;
    if (this._back instanceof HTMLElement) this._back.focus();
  }

  _waiting() {
    this._element.replaceChildren(this._head(t("Đang tải…"), ""), make("p", { class: "skeleton", text: "…" }));
    /** @type {HTMLElement | null} */ (this._element.querySelector("button"))?.focus();
  }

  /** @param {{code: string, detail: string}} problem */
  _failed(problem) {
    this._element.replaceChildren(
      this._head(this.code, ""),
      make("p", { class: "banner is-bad" }, [make("span", { text: problem.detail }), make("span", { class: "code", text: problem.code })]),
    );
  }

  /**
   * @param {SiteRow | undefined} site
   * @param {OwnSite | undefined} own
   * @param {import("../models/figures.js").SiteFiguresRow} [figures]
   */
  _draw(site, own, figures) {
    if (!site) {
      this._failed({ code: "site_unknown", detail: t("Không có điểm cầu này trong danh sách.") });
      return;
    }
    const focused = this._element.contains(document.activeElement);
    const unsettled = make("section", { class: "unsettled" });
    drawUnsettled(unsettled, figures, (chosen) => command({ kind: "choose_head_count", site: site.code, ...chosen }));
    this._element.replaceChildren(
      this._head(site.name, [site.group, t("điểm cầu {code}", { code: site.code })].join(" · ")),
      state(site),
      unsettled,
      section(t("Liên hệ"), contact(site)),
      ...this._drawn(true),
      section(t("Có mặt"), facts(attendance(site, figures))),
      ...this._drawn(false),
      section(t("Thiết bị"), devices(own)),
      section(t("Đã báo"), saidHistory(figures)),
      make("div", { class: "button-row" }, this._more(site, own)),
    );
    if (focused) /** @type {HTMLElement | null} */ (this._element.querySelector(".site-panel-close"))?.focus();
  }

  /** @param {boolean} early */
  _drawn(early) {
    return this._sections.filter((each) => each.early === early).map(({ title, draw }) => section(title, draw(this._rows)));
  }

  /**
   * @param {string} title
   * @param {string} below
   */
  _head(title, below) {
    const close = make("button", { class: "button is-plain site-panel-close", text: "✕", attributes: { type: "button", "aria-label": t("Đóng") } });
    close.addEventListener("click", () => this.close());
    const name = make("h2", { text: title, attributes: { id: "panel-title" } });
    return make("div", { class: "site-panel-head" }, [make("div", { class: "grow" }, [name, make("p", { class: "small quiet", text: below })]), close]);
  }
}

/** @param {SiteRow} site */
function state(site) {
  const since = site.grade_since ? t("từ {time}", { time: time(site.grade_since) }) : "";
  const words = make("div", {}, [
    make("strong", { text: gradeName(site.grade) }),
    make("p", { class: "small quiet", text: [site.reason, since].filter(Boolean).join(", ") }),
  ]);
  return make("div", { class: "site-panel-state" }, [markIcon(site.grade), words]);
}

/** @param {SiteRow} site */
function contact(site) {
  /** @type {Array<[string, string]>} */
  const rows = [
    [t("Đầu mối kỹ thuật"), site.contact_name || t("chưa có")],
    [t("Điện thoại"), site.contact_phone || t("chưa có")],
    [t("Chủ trì"), site.chair || "–"],
  ];
  if (site.chair_as_planned === false) rows.push([t("Chủ trì thay"), site.chair_name || t("có, chưa rõ tên")]);
  rows.push([t("Nhà mạng"), site.carrier || "–"], [t("Nhận hình qua"), pictureName(site.picture ?? "conference")]);
  const call = telephone(site.contact_phone ?? "");
  const list = facts(rows);
  if (!call) return list;
  return make("div", {}, [list, make("div", { class: "button-row" }, [make("a", { class: "button is-main", text: t("Gọi đầu mối"), attributes: { href: call } })])]);
}

/** @param {SiteRow} site @param {import("../models/figures.js").SiteFiguresRow} [figures] @returns {Array<[string, string]>} */
function attendance(site, figures) {
  const guests = figures?.guests ?? [];
  const reported = hasReported(site) && site.reported_by ? ` (${reporterWords(site.reported_by, site.reported_for)})` : "";
  return [
    [t("Điểm danh"), site.checked_in_at ? time(site.checked_in_at) : t("chưa điểm danh")],
    [t("Dự kiến"), number(site.expected ?? 0)],
    [t("Có mặt"), hasReported(site) ? number(site.present ?? 0) + reported : t("chưa báo")],
    ...(figures && figures.seen !== null ? [/** @type {[string, string]} */ ([t("Tự điểm danh"), number(figures.seen)])] : []),
    ...(figures?.chair_at ? [/** @type {[string, string]} */ ([t("Chủ trì"), t("dự tại {name}", { name: figures.chair_at_name })])] : []),
    ...(guests.length > 0 ? [/** @type {[string, string]} */ ([t("Chủ trì nơi khác dự tại đây"), guests.map((each) => each.name).join(", ")])] : []),
    ...(site.after_close ? [/** @type {[string, string]} */ ([t("Ghi chú"), t("báo sau khi chốt số liệu")])] : []),
  ];
}

/** @param {OwnSite | undefined} own */
function devices(own) {
  if (!own || own.devices.length === 0) return make("p", { class: "small quiet", text: t("Chưa có thiết bị nào đăng ký.") });
  const items = own.devices.map((device) =>
    make("li", {}, [
      make("span", { text: `${device.name} · ${partName(device.part)}` }),
      make("span", { class: "quiet", text: device.connected ? t("đang kết nối") : t("không kết nối") }),
    ]),
  );
  const list = make("ul", { class: "panel-list" }, items);
  const count = tooManyCompanions(own.devices);
  if (count === 0) return list;
  const words = t("{count} máy đã mở liên kết này. Có máy lạ thì vào Bàn trực, bấm Đổi người phụ trách để thu hồi liên kết.", { count: number(count) });
  return make("div", {}, [make("p", { class: "small panel-warn", text: words }), list]);
}

/**
 * @param {string} title
 * @param {Node} content
 */
function section(title, content) {
  return make("section", {}, [make("h3", { text: title }), content]);
}

/** @param {Array<[string, string]>} rows */
function facts(rows) {
  return make("dl", { class: "facts" }, rows.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
}

/** @param {string} picture */
function pictureName(picture) {
  const names = { hls: t("mạng (HLS)"), conference: t("hội nghị truyền hình"), tv: t("truyền hình"), audio: t("chỉ âm thanh") };
  return /** @type {Record<string, string>} */ (names)[picture] ?? picture;
}

/** @param {string} part */
function partName(part) {
  const names = { screen: t("màn hình hội trường"), effector: t("thiết bị hiệu ứng"), companion: t("máy phụ"), seat: t("máy cá nhân") };
  return /** @type {Record<string, string>} */ (names)[part] ?? part;
}
