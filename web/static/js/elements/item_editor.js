// One item of the programme in a form. It saves only what was typed, names the version it saw, and when somebody else was
// quicker it keeps what was typed, shows what stands there now, and asks again.

import { Problem, command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { changesOf, formOf, offsetOf } from "../models/item_form.js";
import { piecesOf } from "../models/mc_words.js";
import { wordsIn } from "./mc_text.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {import("../models/item_form.js").Form} Form
 * @typedef {import("../models/item_form.js").Extra} Extra
 * @typedef {{item: Item | null, after: string | null, form: Form, version: number, zero: number}} Open
 */

const FIELDS = ["title", "owner", "kind", "starts", "clock", "minutes", "site", "words", "notes"];

export class ItemEditor {
  #dialog = /** @type {HTMLDialogElement} */ (byId("editor"));
  #form = /** @type {HTMLFormElement} */ (byId("editor-form"));
  #save = /** @type {HTMLButtonElement} */ (byId("editor-save"));
  /** @type {Open | null} */
  #open = null;
  /** @type {import("../models/mc_words.js").Figures | null} */
  #figures = null;
  #editing;
  #adding;

  /**
   * @param {(item: string) => void} editing told which item is open; empty: none
   * @param {(asked: boolean) => void} adding told that a new item is about to appear, or that it was refused
   */
  constructor(editing, adding) {
    this.#editing = editing;
    this.#adding = adding;
    byId("editor-cancel").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.open) return; // told late: the next item is open by now
      this.#open = null;
      this.#editing("");
    });
    this.#dialog.addEventListener("cancel", (event) => {
      if (!this.#dirty()) return;
      event.preventDefault(); // Escape loses nothing that was typed
      setText(byId("editor-error"), t("Có phần chưa lưu. Bấm “Lưu”, hoặc “Bỏ thay đổi” nếu không cần."));
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#form.addEventListener("input", () => this.#preview());
    for (const button of byId("editor-figures").querySelectorAll("button")) {
      button.addEventListener("click", () => this.#insert(button.textContent ?? ""));
    }
  }

  /** @param {import("../models/mc_words.js").Figures | null} figures */
  know(figures) {
    this.#figures = figures;
    if (this.#open) this.#preview();
  }

  /**
   * @param {Item} item
   * @param {Extra} extra
   * @param {{columns: [string, string][], zero: number}} sheet the office's own columns, and the ceremony's start
   */
  edit(item, extra, sheet) {
    this.#begin(item, null, formOf(item, extra), extra.version, sheet);
    setText(byId("editor-title"), t("Sửa mục {number}", { number: item.index + 1 }));
    this.#editing(item.id);
  }

  /**
   * @param {Item | null} after
   * @param {{columns: [string, string][], zero: number}} sheet
   */
  add(after, sheet) {
    const form = { title: "", owner: "", kind: "speech", starts: "linked", clock: after ? time(after.ends_at) : "", minutes: "15", site: "", words: "", notes: "", more: {} };
    this.#begin(null, after?.id ?? null, form, 0, sheet);
    this.#editing("");
    setText(byId("editor-title"), after ? t("Thêm mục sau mục {number}", { number: after.index + 1 }) : t("Thêm mục đầu chương trình"));
  }

  /** Somebody changed the item while it is open here. @param {Item[]} items @param {(id: string) => Extra | null} extraOf */
  follow(items, extraOf) {
    const open = this.#open;
    if (!open?.item) return;
    const { id } = open.item;
    const item = items.find((each) => each.id === id);
    const extra = extraOf(id);
    if (!item || !extra) {
      this.#warn(t("Mục này vừa bị bỏ khỏi chương trình. Phần bạn gõ vẫn còn ở đây để chép lại."));
    } else if (extra.version !== open.version) {
      this.#showTheirs(item, extra);
    }
  }

  /** @param {Item | null} item @param {string | null} after @param {Form} form @param {number} version @param {{columns: [string, string][], zero: number}} sheet */
  #begin(item, after, form, version, sheet) {
    this.#open = { item, after, form, version, zero: sheet.zero };
    const own = sheet.columns.map(([name, heading], index) => ownField(name, heading || t("Cột không tên {number}", { number: index + 1 })));
    byId("editor-own").replaceChildren(...own);
    byId("editor-own-part").hidden = own.length === 0;
    for (const name of FIELDS) this.#input(name).value = /** @type {any} */ (form)[name];
    for (const [name] of sheet.columns) this.#input(`more-${name}`).value = form.more[name] ?? "";
    for (const theirs of this.#form.querySelectorAll(".editor-theirs")) theirs.remove();
    this.#warn("");
    setText(byId("editor-error"), "");
    setText(this.#save, t("Lưu"));
    this.#preview();
    this.#dialog.showModal();
    this.#input("title").focus();
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #input(name) {
    return /** @type {HTMLInputElement} */ (byId(name === "title" ? "editor-title-field" : `editor-${name}`));
  }

  /** @returns {Form} what stands in the fields */
  #typed() {
    const form = /** @type {any} */ ({ more: {} });
    for (const name of FIELDS) form[name] = this.#input(name).value;
    for (const input of byId("editor-own").querySelectorAll("input")) form.more[input.name] = input.value;
    return form;
  }

  #dirty() {
    return this.#open !== null && Object.keys(changesOf(this.#open.form, this.#typed(), this.#open.zero)).length > 0;
  }

  #preview() {
    const typed = this.#typed();
    this.#input("clock").disabled = typed.starts !== "fixed";
    const area = byId("editor-preview");
    area.hidden = !typed.words.includes("{");
    wordsIn(area, piecesOf(typed.words, this.#figures), this.#figures);
  }

  /** @param {string} words */
  #insert(words) {
    const area = /** @type {HTMLTextAreaElement} */ (byId("editor-words"));
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    this.#preview();
  }

  /** @param {string} words */
  #warn(words) {
    byId("editor-warning").hidden = words === "";
    setText(byId("editor-warning"), words);
  }

  /** Their values beside what was typed; saving again then means it. @param {Item} item @param {Extra} extra */
  #showTheirs(item, extra) {
    const open = /** @type {Open} */ (this.#open);
    const theirs = formOf(item, extra);
    const typed = this.#typed();
    const mine = changesOf(open.form, typed, open.zero);
    for (const old of this.#form.querySelectorAll(".editor-theirs")) old.remove();
    for (const name of FIELDS) {
      const now = /** @type {any} */ (theirs)[name];
      const before = /** @type {any} */ (open.form)[name];
      if (now === before) continue;
      if (/** @type {any} */ (typed)[name] === before) this.#input(name).value = now; // not touched here: take theirs
      else if (now !== /** @type {any} */ (typed)[name]) this.#input(name).after(make("p", { class: "editor-theirs", text: t("Bản mới: {value}", { value: shownValue(name, now) }) }));
    }
    this.#open = { ...open, item, form: theirs, version: extra.version };
    this.#warn(t("{edited}. Phần bạn gõ vẫn giữ nguyên; xem “Bản mới” rồi lưu.", { edited: extra.edited || t("Mục này vừa được sửa") }));
    setText(this.#save, Object.keys(mine).length > 0 ? t("Lưu bản của tôi") : t("Lưu"));
    this.#preview();
  }

  async #submit() {
    const open = this.#open;
    if (!open || this.#save.disabled) return;
    const typed = this.#typed();
    const fault = faultOf(typed, open.zero);
    setText(byId("editor-error"), fault);
    if (fault) return;
    const changes = changesOf(open.form, typed, open.zero);
    this.#save.disabled = true;
    try {
      if (open.item === null) {
        this.#adding(true);
        await command({ kind: "add_item", after: open.after, ...addition(typed, open.zero) });
      } else if (Object.keys(changes).length > 0) await command({ kind: "change_item", item: open.item.id, seen: open.version, ...changes });
      this.#dialog.close();
    } catch (error) {
      this.#adding(false);
      setText(byId("editor-error"), error instanceof Problem ? `${error.message} (${error.code})` : String(error));
    }
    this.#save.disabled = false;
  }
}

/** @param {Form} typed @param {number} zero */
function addition(typed, zero) {
  const { title, owner, kind, words, notes, more } = typed;
  const own = Object.fromEntries(Object.entries(more).filter(([, text]) => text !== ""));
  return { title, owner, item_kind: kind, length: Number(typed.minutes) * 60_000_000, starts: typed.starts === "fixed" ? offsetOf(typed.clock, zero) : null, site: typed.site || null, words, notes, more: own };
}

/** @param {Form} typed @param {number} zero */
function faultOf(typed, zero) {
  if (!typed.title.trim()) return t("Cần điền “Tên nội dung”.");
  if (!/^\d{1,4}$/.test(typed.minutes.trim())) return t("Thời lượng là số phút, ví dụ 15.");
  if (typed.starts === "fixed" && offsetOf(typed.clock, zero) === null) return t("Giờ bắt đầu viết dạng 08:30.");
  return "";
}

/** @param {string} name @param {string} value */
function shownValue(name, value) {
  if (name === "starts") return value === "fixed" ? t("đúng giờ") : t("nối tiếp mục trước");
  return value || t("(để trống)");
}

/** @param {string} name @param {string} heading */
function ownField(name, heading) {
  const id = `editor-more-${name}`;
  return make("div", { class: "field" }, [make("label", { text: heading, attributes: { for: id } }), make("input", { class: "input", attributes: { id, name, autocomplete: "off", maxlength: "4000" } })]);
}
