// What is on air, its clock, how late the day is, and the buttons that run it. "Next" is asked twice, by key and by finger.

import { command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { Guard, isActivated, isTypingIn } from "../models/keys.js";
import { project } from "../models/programme.js";
import { lateWords, minutesWords, overWords } from "../models/rundown_words.js";
import { digits, faceOf } from "../models/speaker_timer.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {{number: number, words: string, by: string, at: number|null}} Undone
 */

const MINUTE = 60_000_000;

export class RunBar {
  #guard = new Guard();
  #may;
  #say;
  /** @type {Item[]} */
  #items = [];
  /** @type {Undone | null} */
  #step = null;
  #now;
  #busy = false;
  /** A key that was pressed while a command was on its way: done when that is answered, never lost. @type {(() => void) | null} */
  #waiting = null;

  /**
   * @param {{run: boolean}} may
   * @param {() => number} now the ceremony's instant
   * @param {(error: unknown) => void} say
   */
  constructor(may, now, say) {
    this.#may = may;
    this.#now = now;
    this.#say = say;
    byId("air-actions").hidden = !may.run;
    byId("air-keys").hidden = !may.run;
    byId("air-next").addEventListener("click", () => this.next());
    byId("air-end").addEventListener("click", () => this.end());
    byId("air-hold").addEventListener("click", () => this.hold());
    byId("air-back").addEventListener("click", () => this.back());
    for (const button of byId("air-actions").querySelectorAll("[data-minutes]")) {
      button.addEventListener("click", () => this.give(Number(button.getAttribute("data-minutes"))));
    }
    if (may.run) document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Item[]} items @param {Undone | null} step the last step of the run */
  take(items, step) {
    this.#items = items;
    this.#step = step;
    this.draw();
  }

  get #current() {
    return this.#items.find((item) => item.current) ?? null;
  }

  get #next() {
    return project(this.#items, this.#now()).next;
  }

  next() {
    const next = this.#next;
    if (next && this.#guard.press(`next ${next.id}`, performance.now())) void this.#do({ kind: "start_item", item: next.id });
    this.draw();
  }

  end() {
    const current = this.#current;
    if (current && this.#guard.press(`end ${current.id}`, performance.now())) void this.#do({ kind: "end_item", item: current.id });
    this.draw();
  }

  hold() {
    const current = this.#current;
    if (current) void this.#do({ kind: current.held_since ? "release_item" : "hold_item", item: current.id });
  }

  /** @param {number} minutes */
  give(minutes) {
    const current = this.#current;
    if (current) void this.#do({ kind: "add_time", item: current.id, by: minutes * MINUTE });
  }

  back() {
    const step = this.#step;
    if (step && this.#guard.press(`back ${step.number}`, performance.now())) void this.#do({ kind: "undo_step", step: step.number });
    this.draw();
  }

  /** @param {import("../lib/api.js").CommandFields} fields */
  async #do(fields) {
    if (this.#busy) return;
    this.#busy = true;
    this.draw();
    try {
      await command(fields);
    } catch (error) {
      this.#say(error);
    }
    this.#busy = false;
    this.#guard.clear();
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTypingIn(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === " " && isActivated(event.target)) return;
    const work = { " ": () => this.next(), n: () => this.next(), k: () => this.end(), h: () => this.hold(), b: () => this.back(), "+": () => this.give(1), "=": () => this.give(1), "-": () => this.give(-1) }[key];
    if (!work) return;
    event.preventDefault();
    if (this.#busy) this.#waiting = work;
    else work();
  }

  draw() {
    const now = this.#now();
    const face = faceOf(this.#items, now);
    const day = project(this.#items, now);
    const bar = byId("on-air");
    bar.dataset.grade = face.grade;
    bar.hidden = this.#items.length === 0;
    setText(byId("air-kind"), face.item ? t("Đang lên sóng · mục {number}", { number: face.item.index + 1 }) : t("Không có nội dung nào lên sóng"));
    setText(byId("air-title"), face.item?.title ?? (face.next ? t("Tiếp theo: {title}", { title: face.next.title }) : t("Hết chương trình")));
    setText(byId("air-left"), face.item ? digits(face.left) : "--:--");
    setText(byId("air-words"), leftWords(face));
    setText(byId("air-over"), overWords(day.over));
    byId("air-over").classList.toggle("is-late", (day.over ?? 0) >= MINUTE);
    setText(byId("air-end-at"), endWords(day));
    /** @type {HTMLElement} */ (byId("air-bar")).style.setProperty("--left", String(face.share));
    this.#buttons(face.item, face.next);
  }

  /** @param {Item | null} item @param {Item | null} next */
  #buttons(item, next) {
    const waiting = this.#guard.waiting(performance.now());
    this.#button("air-next", !next, waiting.startsWith("next"), next ? (item ? t("Tiếp theo: mục {number}", { number: next.index + 1 }) : t("Lên sóng mục {number}", { number: next.index + 1 })) : t("Hết chương trình"), t("Nhấn lần nữa"));
    this.#button("air-end", !item, waiting.startsWith("end"), t("Kết thúc"), t("Lần nữa"));
    this.#button("air-hold", !item, false, item?.held_since ? t("Chạy tiếp") : t("Tạm dừng"), "");
    this.#button("air-back", !this.#step, waiting.startsWith("back"), t("Quay lại"), t("Lần nữa"));
    byId("air-back").title = this.#step?.words ?? "";
    for (const button of byId("air-actions").querySelectorAll("[data-minutes]")) /** @type {HTMLButtonElement} */ (button).disabled = !item || this.#busy;
    setText(byId("air-guard"), guardWords(waiting, next, this.#step));
  }

  /**
   * The words for the second press are no longer than those for the first: a button that grows moves from under the finger.
   * @param {string} id @param {boolean} off @param {boolean} asked @param {string} words @param {string} again
   */
  #button(id, off, asked, words, again) {
    const button = /** @type {HTMLButtonElement} */ (byId(id));
    button.disabled = off || this.#busy;
    button.classList.toggle("is-asked", asked);
    setText(button, asked ? again : words);
  }
}

/** @param {import("../models/speaker_timer.js").Face} face */
function leftWords(face) {
  if (face.grade === "held") return t("đồng hồ tạm dừng");
  if (!face.item) return face.nextAt ? t("dự kiến lên sóng lúc {time}", { time: time(face.nextAt) }) : "";
  const given = face.item.added ?? 0;
  const left = face.left > 0 ? t("còn lại") : t("quá giờ");
  if (lateWords(given) === "") return left;
  return `${left} · ${given > 0 ? t("đã thêm {time}", { time: minutesWords(given) }) : t("đã bớt {time}", { time: minutesWords(-given) })}`;
}

/** @param {import("../models/programme.js").Projection} day */
function endWords(day) {
  if (day.end === null) return "";
  const late = lateWords(day.endOver ?? 0);
  return late ? t("dự kiến kết thúc {time} ({late})", { time: time(day.end), late }) : t("dự kiến kết thúc {time}", { time: time(day.end) });
}

/** @param {string} waiting @param {Item | null} next @param {Undone | null} step */
function guardWords(waiting, next, step) {
  if (waiting.startsWith("next") && next) return t("Nhấn lần nữa để cho lên sóng mục {number}: {title}", { number: next.index + 1, title: next.title });
  if (waiting.startsWith("end")) return t("Nhấn lần nữa để kết thúc nội dung đang lên sóng.");
  if (waiting.startsWith("back") && step) return t("Nhấn lần nữa để quay lại trước bước: {words}.", { words: step.words });
  return "";
}
