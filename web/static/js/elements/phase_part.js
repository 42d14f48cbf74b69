// The rehearsal (tổng duyệt) on an office page: which phase is on, beginning, ending and taking back, and what past ones showed;
// posters for self-registration; sites that were taken out of the ceremony.

import { Problem, command, read } from "../lib/api.js";
import { date, number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, session, setAttribute } from "../lib/page.js";
import { noRehearsal } from "../models/closing.js";

/**
 * @typedef {import("../models/figures.js").PhaseRow} PhaseRow
 * @typedef {{rehearsal: number, begun_at: number, ended_at: number | null, sites: number, opened: number, connected: number,
 *   checked_in: number, reported: number, present: number, never_opened: number}} Sums
 * @typedef {{code: string, name: string, group: string, reason: string, at: number, by: string, seat: string, present: number | null}} Retired
 * @typedef {{reported: number, checked_in: number, sites: number}} Totals
 */

/** ms */
const READ_AGAIN = 3000;

export class PhasePart {
  /**
   * @param {HTMLElement} element
   * @param {import("./ask_dialog.js").AskDialog} ask
   */
  constructor(element, ask) {
    this._element = element;
    this._ask = ask;
    /** @type {PhaseRow | null} */
    this._phase = null;
    /** @type {Totals | null} */
    this._totals = null;
    this._barred = "";
    this._now = make("section");
    this._past = make("section", { attributes: { hidden: "" } });
    this._seen = make("section");
    this._retired = make("section", { attributes: { hidden: "" } });
    element.classList.add("phase-part");
    element.replaceChildren(this._now, this._past, this._seen, this._retired);
    this._shown = false;
    this._reading = 0;
  }

  /** @param {PhaseRow | null} phase @param {Totals | null} totals @param {{closed_version: number} | null} info */
  draw(phase, totals, info) {
    const before = JSON.stringify([this._phase, this._barred]);
    if (JSON.stringify(totals) !== JSON.stringify(this._totals)) this._readSoon();
    this._totals = totals;
    this._barred = noRehearsal(info);
    this._ask.reword();
    if (!phase || JSON.stringify([phase, this._barred]) === before) return;
    this._phase = phase;
    this._drawNow(phase);
    this._drawSeen(phase);
    if (this._shown) void this._readLists();
  }

  /** The lists are asked for only while somebody looks. @param {boolean} shown */
  show(shown) {
    this._shown = shown;
    if (shown) void this._readLists();
  }

  /** While a rehearsal runs its line counts on, and is asked for a little later than the sums change. */
  _readSoon() {
    if (!this._shown || !this._phase?.rehearsal || this._reading) return;
    this._reading = window.setTimeout(() => {
      this._reading = 0;
      if (this._shown) void this._readLists();
    }, READ_AGAIN);
  }

  /** @param {PhaseRow} phase */
  _drawNow(phase) {
    const on = phase.rehearsal > 0;
    const state = make("p", { class: "phase-now", text: on ? t("TỔNG DUYỆT đang diễn ra") : t("Ngày chính thức") });
    state.dataset.phase = on ? "rehearsal" : "day";
    const since = phase.since === null ? "" : t("Từ {time} ngày {date}. ", { time: time(phase.since), date: date(phase.since) });
    const words = on
      ? t("Mọi điểm danh và số đại biểu lúc này được ghi riêng. Khi kết thúc, mọi điểm cầu bắt đầu lại từ đầu cho ngày chính thức.")
      : t("Điểm danh và số đại biểu lúc này là số chính thức. Tổng duyệt có sổ riêng, không lẫn vào ngày chính thức.");
    const buttons = [];
    if (on) buttons.push(button(t("Kết thúc tổng duyệt"), "is-main", () => this._end(phase)));
    else if (!this._barred) buttons.push(button(t("Bắt đầu tổng duyệt"), "is-plain", () => this._begin()));
    if (phase.undoable) buttons.push(button(on ? t("Hoàn tác: đây không phải tổng duyệt") : t("Hoàn tác: mở lại tổng duyệt"), "is-plain", () => this._undo(phase)));
    this._now.replaceChildren(make("h2", { text: t("Tổng duyệt") }), state, make("p", { class: "quiet", text: since + (on || !this._barred ? words : this._barred) }), make("div", { class: "button-row" }, buttons));
  }

  _begin() {
    const said = () => (this._totals ? Math.max(this._totals.reported, this._totals.checked_in) : 0);
    const kept = () => (said() > 0 ? t("Đã có {count} điểm cầu điểm danh hoặc báo số: các số này chuyển sang tổng duyệt, ngày chính thức bắt đầu từ đầu.", { count: number(said()) }) : "");
    this._ask.open({
      title: t("Bắt đầu tổng duyệt?"),
      words: () => [t("Mọi trang đổi màu và ghi “TỔNG DUYỆT”. Các điểm cầu điểm danh và báo số để tập."), kept()].filter(Boolean).join(" "),
      yes: t("Bắt đầu tổng duyệt"),
      work: () => command({ kind: "begin_rehearsal", take_over: said() > 0 }),
    });
  }

  /** @param {PhaseRow} phase */
  _end(phase) {
    const sum = () => (this._totals ? t("{reported} trên {sites} điểm cầu đã báo số.", { reported: number(this._totals.reported), sites: number(this._totals.sites) }) : "");
    this._ask.open({
      title: t("Kết thúc tổng duyệt?"),
      words: () => `${sum()} ${t("Số tổng duyệt được cất riêng, xem lại được. Mọi điểm cầu trở về chưa điểm danh. Hoàn tác được đến khi có báo cáo chính thức đầu tiên.")}`,
      yes: t("Kết thúc tổng duyệt"),
      danger: true,
      work: () => command({ kind: "end_rehearsal", rehearsal: phase.rehearsal }),
    });
  }

  /** @param {PhaseRow} phase */
  _undo(phase) {
    const on = phase.rehearsal > 0;
    this._ask.open({
      title: on ? t("Đây không phải tổng duyệt?") : t("Mở lại tổng duyệt?"),
      words: on ? t("Mọi số đã báo từ lúc bắt đầu tổng duyệt sẽ tính là số chính thức.") : t("Số của lần tổng duyệt vừa kết thúc trở lại như trước, các điểm cầu tiếp tục tập."),
      yes: on ? t("Tính là số chính thức") : t("Mở lại tổng duyệt"),
      work: () => command({ kind: "undo_phase", number: phase.number }),
    });
  }

  /** @param {PhaseRow} phase */
  _drawSeen(phase) {
    const words = phase.seen_on
      ? t("Đang bật. Đại biểu quét mã trên áp phích và bấm một lần; số này chỉ để tham khảo, đứng cạnh số điểm cầu báo.")
      : t("Đang tắt. Khi bật, đại biểu quét mã trên áp phích của điểm cầu để tự điểm danh; không lưu họ tên, số điện thoại.");
    const turn = button(phase.seen_on ? t("Tắt tự điểm danh") : t("Bật tự điểm danh"), "is-plain", () => this._turnSeen(!phase.seen_on));
    this._seen.replaceChildren(
      make("h3", { text: t("Tự điểm danh qua mã QR") }),
      make("p", { class: "quiet", text: words }),
      make("p", { class: "small quiet", text: t("In áp phích: diemcau sheets --posters --out ap-phich.pdf") }),
      make("div", { class: "button-row" }, [turn]),
    );
  }

  /** @param {boolean} on */
  _turnSeen(on) {
    this._ask.open({
      title: on ? t("Bật tự điểm danh qua mã QR?") : t("Tắt tự điểm danh qua mã QR?"),
      words: on ? t("Mỗi máy tính một lần, tại một điểm cầu. Số này không thay số điểm cầu báo.") : t("Áp phích vẫn dùng lại được khi bật. Số đã có không hiện nữa."),
      yes: on ? t("Bật tự điểm danh") : t("Tắt tự điểm danh"),
      work: () => command({ kind: "switch_seen", on }),
    });
  }

  async _readLists() {
    try {
      const [rehearsals, retired] = await Promise.all([read("/api/v1/rehearsals"), read("/api/v1/retired")]);
      this._drawPast(rehearsals);
      this._drawRetired(retired);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("page_error", String(error));
      this._past.hidden = false;
      this._past.replaceChildren(make("p", { class: "banner is-bad" }, [make("span", { class: "grow", text: problem.message }), make("span", { class: "code", text: problem.code })]));
    }
  }

  /** @param {Sums[]} rehearsals */
  _drawPast(rehearsals) {
    this._past.hidden = rehearsals.length === 0;
    const heads = [t("Lần"), t("Điểm cầu"), t("Kết nối"), t("Điểm danh"), t("Báo số"), t("Đại biểu"), t("Chưa mở liên kết"), ""];
    const rows = rehearsals.map((each) => {
      const link = make("a", { class: "button is-small is-plain", text: "Excel", attributes: { href: `/api/v1/reports/rehearsal.xlsx?number=${each.rehearsal}&as=${encodeURIComponent(session.as)}`, download: "" } });
      const cells = [each.sites, each.connected, each.checked_in, each.reported, each.present, each.never_opened];
      return make("tr", {}, [
        make("td", { text: each.ended_at === null ? t("{date}, từ {from}", { date: date(each.begun_at), from: time(each.begun_at) }) : t("{date}, {from}–{to}", { date: date(each.begun_at), from: time(each.begun_at), to: time(each.ended_at) }) }),
        ...cells.map((cell) => make("td", { class: "is-number", text: number(cell) })),
        make("td", {}, [link]),
      ]);
    });
    const head = make("tr", {}, heads.map((text, index) => make("th", { text, class: index > 0 && index < 7 ? "is-number" : "", attributes: { scope: "col" } })));
    this._past.replaceChildren(
      make("h3", { text: t("Các lần tổng duyệt") }),
      make("div", { class: "phase-scroll" }, [make("table", { class: "phase-table" }, [make("thead", {}, [head]), make("tbody", {}, rows)])]),
    );
  }

  /** @param {Retired[]} retired */
  _drawRetired(retired) {
    this._retired.hidden = retired.length === 0;
    const rows = retired.map((each) => {
      const said = each.present === null ? t("chưa báo số") : t("đã báo {count}, không tính vào tổng", { count: number(each.present) });
      return make("tr", {}, [
        make("td", {}, [make("strong", { text: each.name }), make("p", { class: "small quiet", text: `${each.code} · ${each.group}` })]),
        make("td", { text: said }),
        make("td", { text: t("{reason} ({time})", { reason: each.reason, time: time(each.at) }) }),
        make("td", {}, [button(t("Đưa lại"), "is-small is-plain", () => this._restore(each))]),
      ]);
    });
    this._retired.replaceChildren(
      make("h3", { text: t("Điểm cầu đã rút khỏi danh sách") }),
      make("div", { class: "phase-scroll" }, [make("table", { class: "phase-table" }, [make("tbody", {}, rows)])]),
    );
  }

  /** @param {Retired} gone */
  _restore(gone) {
    this._ask.open({
      title: t("Đưa {name} trở lại danh sách?", { name: gone.name }),
      words: t("Số điểm cầu đã báo lại được tính vào tổng."),
      yes: t("Đưa lại"),
      work: async () => {
        await command({ kind: "restore_site", site: gone.code });
        await this._readLists();
      },
    });
  }
}

/** @param {string} text @param {string} kind @param {() => void} act */
function button(text, kind, act) {
  const made = make("button", { class: `button ${kind}`, text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}

/** Marks the page by the phase: a violet edge while a rehearsal is on. @param {PhaseRow | null | undefined} phase */
export function markPhase(phase) {
  setAttribute(document.body, "data-phase", phase?.rehearsal ? "rehearsal" : "day");
}
