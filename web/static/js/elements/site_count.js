// The head-counts: steppers and a keypad per category, the total, the question about an unusual one, the reason of a correction.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { isCorrection, MAX_HEAD_COUNT, readCount, startingCounts, total, unusual } from "../models/site_form.js";

/**
 * @typedef {import("../models/site_form.js").Category} Category
 * @typedef {import("../models/site_form.js").SiteRow} SiteRow
 * @typedef {import("../models/site_form.js").OwnSite} OwnSite
 * @typedef {import("../models/site_form.js").Entry} Entry
 */

/** Holding a stepper repeats after this, then this often, in ms. */
const HOLD = 450;
const REPEAT = 90;

export class SiteCount {
  #form = /** @type {HTMLFormElement} */ (byId("count-form"));
  #reason = /** @type {HTMLInputElement} */ (byId("count-reason"));
  #send;
  #changed;
  /** @type {Category[]} */
  #categories = [];
  /** @type {Record<string, number>} */
  #counts = {};
  /** The person typed since the last report: what the centre tells does not overwrite it. */
  #typed = false;
  #asked = false;
  #correction = false;
  #expected = 0;

  /**
   * @param {(report: {counts: Record<string, number>, confirmed_unusual: boolean, reason: string}) => Promise<unknown>} send
   * @param {(counts: Record<string, number>) => void} changed what was typed, to be kept as a draft
   */
  constructor(send, changed) {
    this.#send = send;
    this.#changed = changed;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#report();
    });
    byId("count-back").addEventListener("click", () => this.#checkAgain());
    for (const chip of byId("count-reasons").children) {
      chip.addEventListener("click", () => {
        this.#reason.value = chip.textContent ?? "";
        setText(byId("count-error"), "");
        this.#draw();
      });
    }
  }

  /** What was typed before the page was loaded again. @param {Record<string, number>} counts */
  restore(counts) {
    this.#counts = { ...this.#counts, ...counts };
    this.#typed = true;
  }

  /** Begin anew: what was typed belonged to another phase. */
  reset() {
    this.#counts = {};
    this.#typed = false;
    this.#asked = false;
    this.#reason.value = "";
  }

  /**
   * @param {Category[]} categories
   * @param {SiteRow | null} site
   * @param {OwnSite | null} mine
   * @param {Entry[]} entries
   */
  show(categories, site, mine, entries) {
    this.#expected = site?.expected ?? 0;
    this.#correction = isCorrection(site, entries);
    if (categories.map((each) => each.id).join() !== this.#categories.map((each) => each.id).join()) this.#build(categories);
    const known = startingCounts(categories, mine, entries);
    this.#counts = this.#typed ? { ...known, ...this.#counts } : known;
    this.#draw();
  }

  get isCorrection() {
    return this.#correction;
  }

  /** @param {Category[]} categories */
  #build(categories) {
    this.#categories = categories;
    const template = /** @type {HTMLTemplateElement} */ (byId("count-row"));
    byId("count-rows").replaceChildren(
      ...categories.map((category) => {
        const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
        this.#wire(row, category);
        return row;
      }),
    );
  }

  /** @param {HTMLElement} row @param {Category} category */
  #wire(row, category) {
    const label = /** @type {HTMLLabelElement} */ (row.querySelector("label"));
    const field = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    field.id = `count-${category.id}`;
    field.dataset.category = category.id;
    label.htmlFor = field.id;
    label.textContent = category.name;
    field.addEventListener("focus", () => field.select());
    field.addEventListener("input", () => this.#put(category.id, readCount(field.value)));
    field.addEventListener("blur", () => this.#draw());
    field.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by) {
        event.preventDefault();
        this.#step(category.id, by);
      }
    });
    for (const button of row.querySelectorAll("button")) {
      const by = Number(button.dataset.by);
      button.setAttribute("aria-label", by > 0 ? t("Thêm một {name}", { name: category.name }) : t("Bớt một {name}", { name: category.name }));
      repeating(button, () => this.#step(category.id, by));
    }
  }

  /** @param {string} category @param {number} by */
  #step(category, by) {
    this.#put(category, Math.min(MAX_HEAD_COUNT, Math.max(0, this.#counts[category] + by)));
    /** @type {HTMLInputElement} */ (byId(`count-${category}`)).value = number(this.#counts[category]);
  }

  /** @param {string} category @param {number} count */
  #put(category, count) {
    this.#counts = { ...this.#counts, [category]: count };
    this.#typed = true;
    this.#asked = false;
    this.#changed(this.#counts);
    this.#draw();
  }

  async #report() {
    const sum = total(this.#counts);
    const reason = this.#reason.value.trim();
    if (this.#correction && !reason) {
      setText(byId("count-error"), t("Ghi lý do để trung tâm biết vì sao số thay đổi."));
      this.#reason.focus();
      return;
    }
    if (unusual(sum, this.#expected) && !this.#asked) {
      this.#asked = true;
      this.#draw();
      byId("count-unusual").scrollIntoView({ block: "center" });
      byId("count-back").focus();
      return;
    }
    const report = { counts: { ...this.#counts }, confirmed_unusual: this.#asked, reason: this.#correction ? reason : "" };
    await this.#send(report);
    this.#typed = false;
    this.#asked = false;
    this.#reason.value = "";
  }

  #checkAgain() {
    this.#asked = false;
    this.#draw();
    /** @type {HTMLInputElement | null} */ (this.#form.querySelector(".site-number"))?.focus();
  }

  #draw() {
    const sum = total(this.#counts);
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (this.#form.querySelectorAll(".site-number"))) {
      const count = this.#counts[field.dataset.category ?? ""] ?? 0;
      // Not under the fingers of who types in it.
      if (field !== document.activeElement && field.value !== number(count)) field.value = number(count);
      field.classList.toggle("is-long", count > 999);
    }
    setText(byId("count-total"), number(sum));
    setText(byId("count-expected"), this.#expected > 0 ? t("Dự kiến {count}", { count: number(this.#expected) }) : "");
    setText(byId("count-title"), this.#correction ? t("Sửa số đại biểu đã báo") : t("Có bao nhiêu đại biểu đang ngồi trong hội trường?"));
    byId("count-reason-line").hidden = !this.#correction;
    byId("count-back").hidden = !this.#asked;
    byId("count-unusual").hidden = !this.#asked;
    setText(byId("count-unusual"), this.#asked ? unusualWords(sum, this.#expected) : "");
    setText(byId("count-send"), this.#asked ? t("Vẫn báo {count} đại biểu", { count: number(sum) }) : t("Báo {count} đại biểu", { count: number(sum) }));
  }
}

/** @param {number} sum @param {number} expected */
function unusualWords(sum, expected) {
  if (sum === 0) return t("Chưa có đại biểu nào? Kiểm tra lại, hoặc bấm Vẫn báo.");
  if (expected === 0) return t("Số {count} lớn khác thường. Kiểm tra lại, hoặc bấm Vẫn báo.", { count: number(sum) });
  return t("Số {count} lớn hơn 20 lần dự kiến ({expected}). Kiểm tra lại, hoặc bấm Vẫn báo.", { count: number(sum), expected: number(expected) });
}

/** A button that acts at once, and again while it is held. @param {HTMLElement} button @param {() => void} act */
function repeating(button, act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = () => clearTimeout(timer);
  const again = () => {
    act();
    timer = setTimeout(again, REPEAT);
  };
  button.addEventListener("click", act);
  button.addEventListener("pointerdown", () => {
    stop();
    timer = setTimeout(again, HOLD);
  });
  for (const event of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(event, stop);
}
