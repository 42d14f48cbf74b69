// The desk's one line: site, number, Enter. It asks back only where a number looks wrong or changes one already given.

import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { candidates, isClear, judge, readCount } from "../models/desk_entry.js";
import { reporterWords } from "../models/figures.js";
import { hasReported } from "../models/grades.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {import("../models/site_search.js").SiteSearch} SiteSearch
 * @typedef {import("../models/site_search.js").Found} Found
 * @typedef {{reason: string, confirmed: boolean}} Given
 */

const SHOWN = 8;

export class DeskLine {
  /**
   * @param {SiteSearch} search
   * @param {(code: string) => SiteRow | undefined} siteOf
   * @param {(site: SiteRow, count: number, given: Given) => void} send
   */
  constructor(search, siteOf, send) {
    this._search = search;
    this._siteOf = siteOf;
    this._send = send;
    this._site = /** @type {HTMLInputElement} */ (byId("site"));
    this._count = /** @type {HTMLInputElement} */ (byId("count"));
    this._reason = /** @type {HTMLInputElement} */ (byId("reason"));
    this._list = byId("found");
    /** @type {Found[]} */
    this._found = [];
    this._active = 0;
    this._chosenByHand = false;
    this._code = "";
    this._confirmed = false;
    this._listen();
    this._makeReasons();
  }

  focus() {
    this._site.focus();
  }

  /**
   * Put a site on the line, the number still to come.
   * @param {string} code
   * @param {string} [reason]
   */
  choose(code, reason = "") {
    const site = this._siteOf(code);
    if (!site) return;
    this.clear();
    this._code = code;
    this._site.value = `${site.name} · ${code}`;
    this._reason.value = reason;
    this._tellSite(site);
    this._count.focus();
  }

  clear() {
    this._code = "";
    this._found = [];
    this._confirmed = false;
    this._chosenByHand = false;
    this._site.value = "";
    this._count.value = "";
    this._reason.value = "";
    this._closeList();
    this._say("");
    byId("reason-area").hidden = true;
    byId("unusual").hidden = true;
  }

  _listen() {
    this._site.addEventListener("input", () => this._typed());
    this._site.addEventListener("keydown", (event) => this._siteKey(event));
    this._site.addEventListener("blur", () => setTimeout(() => this._closeList(), 120));
    this._count.addEventListener("input", () => {
      this._confirmed = false;
      byId("unusual").hidden = true;
    });
    byId("line").addEventListener("submit", (event) => {
      event.preventDefault();
      this._enter();
    });
    this._reason.addEventListener("keydown", (event) => this._reasonKey(event));
    byId("unusual-yes").addEventListener("click", () => {
      this._confirmed = true;
      this._try(this._siteOf(this._code), readCount(this._count.value));
    });
    byId("unusual-no").addEventListener("click", () => {
      byId("unusual").hidden = true;
      this._count.focus();
      this._count.select();
    });
    byId("entry").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.clear();
      this.focus();
    });
  }

  _makeReasons() {
    const usual = [t("Điểm cầu báo lại"), t("Nhập nhầm"), t("Thêm đại biểu đến muộn")];
    const chips = usual.map((words, index) => {
      const chip = make("button", { class: "chip", text: `${index + 1} · ${words}`, attributes: { type: "button" } });
      chip.addEventListener("click", () => this._giveReason(words));
      return chip;
    });
    this._usual = usual;
    byId("reasons").replaceChildren(...chips);
  }

  _typed() {
    this._code = "";
    this._active = 0;
    this._chosenByHand = false;
    this._found = this._site.value.trim() === "" ? [] : candidates(this._search, this._site.value, SHOWN).found;
    this._say("");
    this._drawList();
  }

  /** @param {KeyboardEvent} event */
  _siteKey(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || this._found.length === 0) return;
    event.preventDefault();
    this._active = (this._active + step + this._found.length) % this._found.length;
    this._chosenByHand = true;
    this._drawList();
  }

  /** Enter, wherever the cursor is on the line. */
  _enter() {
    if (this._code) {
      this._try(this._siteOf(this._code), readCount(this._count.value));
      return;
    }
    if (this._site.value.trim() === "") {
      this._site.focus();
      return;
    }
    const { typed, found } = candidates(this._search, this._site.value, SHOWN);
    this._found = found;
    if (found.length === 0) {
      this._say(t("Không có điểm cầu nào khớp “{words}”.", { words: typed.query }), true);
      return;
    }
    const count = typed.count ?? readCount(this._count.value);
    if (count !== null && !this._chosenByHand && !isClear(found)) {
      this._say(t("Có {count} điểm cầu cùng khớp. Chọn bằng mũi tên rồi Enter.", { count: found.filter((each) => each.rank === found[0].rank).length }), true);
      this._drawList();
      return;
    }
    this.choose(found[Math.min(this._active, found.length - 1)].code);
    if (count === null) return;
    this._count.value = String(count);
    this._try(this._siteOf(this._code), count);
  }

  /**
   * @param {SiteRow | undefined} site
   * @param {number | null} count
   */
  _try(site, count) {
    if (!site) return;
    const given = { reason: this._reason.value, confirmed: this._confirmed };
    switch (judge(site, count, given)) {
      case "not_a_number":
        this._say(t("Số đại biểu là số nguyên từ 0 trở lên. Gõ lại."), true);
        this._count.focus();
        return;
      case "too_large":
        this._say(t("Số lớn nhất nhận được là 99.999."), true);
        this._count.focus();
        return;
      case "same":
        this._say(t("{name} đã báo đúng {count} lúc {time}. Không có gì thay đổi.", { name: site.name, count: number(count ?? 0), time: time(site.reported_at ?? 0) }));
        this._count.select();
        return;
      case "unusual":
        this._askUnusual(site, count ?? 0);
        return;
      case "needs_reason":
        this._askReason(site, count ?? 0);
        return;
      case "ok":
        this.clear();
        this.focus();
        this._send(site, count ?? 0, given);
    }
  }

  /**
   * @param {SiteRow} site
   * @param {number} count
   */
  _askUnusual(site, count) {
    const words = { count: number(count), factor: 20, expected: number(site.expected ?? 0) };
    setText(byId("unusual-words"), t("Số {count} lớn hơn {factor} lần dự kiến ({expected}). Kiểm tra lại, hoặc bấm Vẫn báo.", words));
    byId("unusual").hidden = false;
    byId("unusual-no").focus();
  }

  /**
   * @param {SiteRow} site
   * @param {number} count
   */
  _askReason(site, count) {
    const words = { name: site.name, before: number(site.present ?? 0), count: number(count) };
    setText(byId("reason-label"), t("{name} đã báo {before}. Sửa thành {count} vì sao?", words));
    byId("unusual").hidden = true;
    byId("reason-area").hidden = false;
    this._reason.focus();
  }

  /** @param {KeyboardEvent} event */
  _reasonKey(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this._reason.value.trim() !== "") this._giveReason(this._reason.value.trim());
    } else if (this._reason.value === "" && /^[1-3]$/.test(event.key)) {
      event.preventDefault();
      this._giveReason((this._usual ?? [])[Number(event.key) - 1]);
    }
  }

  /** @param {string} words */
  _giveReason(words) {
    this._reason.value = words;
    this._try(this._siteOf(this._code), readCount(this._count.value));
  }

  /** @param {SiteRow} site */
  _tellSite(site) {
    const expected = t("Dự kiến {expected}.", { expected: number(site.expected ?? 0) });
    if (!hasReported(site)) {
      this._say(`${site.name}, ${site.group}. ${expected}`);
      return;
    }
    const said = t("Đã báo {present} lúc {time} ({by}).", { present: number(site.present ?? 0), time: time(site.reported_at ?? 0), by: reporterWords(site.reported_by ?? "", site.reported_for) });
    this._say(`${site.name}, ${site.group}. ${expected} ${said}`);
  }

  /**
   * @param {string} words
   * @param {boolean} [bad]
   */
  _say(words, bad = false) {
    setText(byId("say"), words);
    byId("say").classList.toggle("is-bad", bad);
  }

  _closeList() {
    this._list.hidden = true;
    this._site.setAttribute("aria-expanded", "false");
    this._site.removeAttribute("aria-activedescendant");
  }

  _drawList() {
    if (this._found.length === 0) {
      this._closeList();
      return;
    }
    this._list.replaceChildren(...this._found.map((found, index) => this._option(found.code, index)));
    this._list.hidden = false;
    this._site.setAttribute("aria-expanded", "true");
    this._site.setAttribute("aria-activedescendant", `found-${this._active}`);
    this._list.children[this._active]?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string} code
   * @param {number} index
   */
  _option(code, index) {
    const site = this._siteOf(code);
    const state = site && hasReported(site) ? t("đã báo {present}", { present: number(site.present ?? 0) }) : t("dự kiến {expected}", { expected: number(site?.expected ?? 0) });
    const option = make("li", { attributes: { role: "option", id: `found-${index}`, "aria-selected": String(index === this._active) } }, [
      make("strong", { text: site?.name ?? code }),
      make("span", { class: "quiet", text: `${code} · ${site?.group ?? ""}` }),
      make("span", { class: "desk-found-state", text: state }),
    ]);
    option.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this._active = index;
      this._chosenByHand = true;
      this._enter();
    });
    return option;
  }
}
