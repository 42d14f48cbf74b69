// Chốt số liệu: totals, gaps, a name to sign with, and every version's report to download.

import { command } from "../lib/api.js";
import { clock, number, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

/**
 * @typedef {import("../models/missing.js").GroupSum} GroupSum
 * @typedef {{groups: GroupSum[], all: GroupSum}} Sums
 * @typedef {import("./ask_dialog.js").AskDialog} AskDialog
 */

const FORMATS = /** @type {const} */ (["docx", "xlsx", "json"]);

export class ClosingPart {
  /** @param {AskDialog} ask */
  constructor(ask) {
    this._ask = ask;
    this._signer = /** @type {HTMLInputElement} */ (byId("signer"));
    /** @type {any} */
    this._info = null;
    this._closedBy = "";
    /** @type {Sums | null} */
    this._sums = null;
    byId("close-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this._confirm();
    });
  }

  /**
   * @param {any} info InfoRow, null while loading
   * @param {Sums} sums
   * @param {string} closedBy who closed last
   */
  draw(info, sums, closedBy) {
    this._info = info;
    this._closedBy = closedBy;
    this._sums = sums;
    if (!info) return;
    /** @type {HTMLButtonElement} */ (byId("close-button")).disabled = sums.all.sites === 0;
    setText(byId("close-button"), info.closed_version > 0 ? t("Chốt lại thành bản {version}", { version: info.closed_version + 1 }) : t("Chốt số liệu"));
    setText(byId("close-words"), this._words(info));
    this._drawSums(sums.all);
    this._drawVersions(info);
    drawGaps(byId("gaps"), sums.groups);
  }

  /** @param {any} info */
  _words(info) {
    if (info.closed_version === 0) return t("Giờ chốt {close}, báo cáo trước {report}. Số báo sau khi chốt đi vào bản sau.", { close: time(info.close_at), report: time(info.report_at) });
    const words = { version: info.closed_version, name: this._closedBy, time: clock(info.closed_at) };
    return t("Bản {version} do {name} chốt lúc {time}. Có số mới thì chốt lại thành báo cáo bổ sung.", words);
  }

  /** @param {GroupSum} all */
  _drawSums(all) {
    const figures = [
      [number(all.present), t("đại biểu có mặt, dự kiến {expected}", { expected: number(all.expected) })],
      [`${number(all.reported)} / ${number(all.sites)}`, t("điểm cầu đã báo")],
      [number(all.missing.length), t("điểm cầu chưa báo")],
    ];
    const key = JSON.stringify(figures);
    const area = byId("sums");
    if (area.dataset.key === key) return;
    area.dataset.key = key;
    area.replaceChildren(
      ...figures.map(([value, words]) => make("p", { class: "figure" }, [make("span", { class: "figure-number", text: value }), make("span", { class: "figure-words", text: words })])),
    );
  }

  /** @param {any} info */
  _drawVersions(info) {
    const area = byId("versions");
    const key = `${info.closed_version} ${info.closed_at}`;
    if (area.dataset.key === key) return;
    area.dataset.key = key;
    const versions = Array.from({ length: info.closed_version }, (_, index) => info.closed_version - index);
    const lines = versions.map((version) => versionLine(version, version === info.closed_version ? t("chốt lúc {time}", { time: time(info.closed_at) }) : ""));
    if (info.closed_version === 0) lines.push(versionLine(0, t("số liệu lúc này, chưa chốt")));
    area.replaceChildren(...lines);
  }

  _confirm() {
    const name = this._signer.value.trim();
    setText(byId("signer-error"), name ? "" : t("Điền họ tên và chức vụ người chốt."));
    if (!name) {
      this._signer.focus();
      return;
    }
    const all = this._sums?.all;
    if (!all) return;
    const gap = all.missing.length > 0 ? tn("Còn {count} điểm cầu chưa báo sẽ ghi là chưa có số.", all.missing.length, { count: number(all.missing.length) }) : t("Mọi điểm cầu đã báo.");
    const sum = t("{present} đại biểu tại {reported} trên {sites} điểm cầu.", { present: number(all.present), reported: number(all.reported), sites: number(all.sites) });
    this._ask.open({
      title: t("Chốt số liệu với tên {name}?", { name }),
      words: `${sum} ${gap}`,
      yes: t("Chốt {present} đại biểu", { present: number(all.present) }),
      work: () => command({ kind: "close_figures", closed_by: name }),
    });
  }
}

/**
 * @param {number} version 0 for the draft
 * @param {string} words
 */
function versionLine(version, words) {
  const name = version === 0 ? t("Bản nháp") : t("Bản {version}", { version });
  const buttons = FORMATS.map((format) =>
    make("a", { class: "button is-small is-plain", text: format === "json" ? "JSON" : format === "docx" ? "Word" : "Excel", attributes: { href: `/api/v1/reports/morning.${format}?version=${version}${as()}`, download: "" } }),
  );
  const see = make("a", { class: "button is-small is-plain", text: t("Xem"), attributes: { href: `/report?version=${version}${as()}` } });
  return make("li", {}, [make("strong", { text: name }), make("span", { class: "small quiet", text: words }), make("div", { class: "button-row" }, [see, ...buttons])]);
}

function as() {
  const name = document.querySelector('meta[name="diemcau-as"]')?.getAttribute("content") ?? "";
  return name ? `&as=${encodeURIComponent(name)}` : "";
}

/**
 * @param {HTMLElement} body
 * @param {GroupSum[]} groups
 */
function drawGaps(body, groups) {
  const key = groups.map((group) => `${group.name} ${group.reported} ${group.present}`).join();
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  body.replaceChildren(
    ...groups.map((group) =>
      make("tr", {}, [
        make("td", { text: group.name }),
        make("td", { class: group.missing.length > 0 ? "is-number is-short" : "is-number", text: `${group.reported}/${group.sites}` }),
        make("td", { class: "is-number", text: number(group.expected) }),
        make("td", { class: "is-number", text: number(group.present) }),
      ]),
    ),
  );
}
