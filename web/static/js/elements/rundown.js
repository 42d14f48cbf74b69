// The programme as the show caller runs it: planned and real times, what is on air, what comes when, and who edits what.
// Rows are kept and only their words change, so that a button under the finger stays there while the clock ticks.

import { clock, countdown, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { isTypingIn } from "../models/keys.js";
import { lengthOf, placeReached, project, remaining } from "../models/programme.js";
import { KIND_WORDS, lateWords, minutesWords } from "../models/rundown_words.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {import("../models/programme.js").Projection} Projection
 * @typedef {"start" | "edit" | "skip" | "take" | "up" | "down" | "add" | "remove"} RowAction
 * @typedef {{row: HTMLElement, number: HTMLElement, planned: HTMLElement, length: HTMLElement, title: HTMLElement, owner: HTMLElement,
 *   editor: HTMLElement, state: HTMLElement, late: HTMLElement, edit: HTMLButtonElement, menu: HTMLDetailsElement,
 *   choices: HTMLElement}} Parts
 */

const MINUTE = 60_000_000;

export class Rundown {
  /** @type {Map<string, Parts>} */
  #rows = new Map();
  /** The items there were before one was added from this page. @type {Set<string> | null} */
  #before = null;
  #list;
  #may;
  #act;

  /**
   * @param {HTMLElement} list an `<ol>`
   * @param {{run: boolean, edit: boolean}} may
   * @param {(action: RowAction, item: Item) => void} act
   */
  constructor(list, may, act) {
    this.#list = list;
    this.#may = may;
    this.#act = act;
    document.addEventListener("click", (event) => this.#closeMenus(event.target));
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || isTypingIn(event.target)) return;
      const open = /** @type {HTMLDetailsElement | null} */ (list.querySelector("details[open]"));
      if (!open) return;
      open.open = false;
      open.querySelector("summary")?.focus();
    });
  }

  /**
   * @param {Item[]} items
   * @param {number} now
   * @param {Map<string, string>} editors item → who edits it
   */
  draw(items, now, editors) {
    const wanted = new Set(items.map((item) => item.id));
    const focused = this.#focused();
    const after = focused ? this.#nextOf(focused, wanted) : null;
    for (const [id, parts] of this.#rows) {
      if (wanted.has(id)) continue;
      parts.row.remove();
      this.#rows.delete(id);
    }
    const projection = project(items, now);
    const place = placeReached(items);
    /** @type {Element | null} */
    let before = null;
    for (const item of items) {
      const parts = this.#rows.get(item.id) ?? this.#add(item.id);
      /** @type {Element | null} */
      const expected = before ? before.nextElementSibling : this.#list.firstElementChild;
      if (expected !== parts.row) this.#list.insertBefore(parts.row, expected);
      before = parts.row;
      this.#fill(parts, item, { now, projection, place, last: item.index === items.length - 1, editor: editors.get(item.id) ?? "" });
    }
    this.#keepFocus(focused, after);
    this.#greet(items);
  }

  /** An item is being added from this page: the focus goes to its row, unless it was refused. @param {boolean} asked */
  expectNew(asked) {
    this.#before = asked ? new Set(this.#rows.keys()) : null;
  }

  /** @param {Item[]} items */
  #greet(items) {
    const before = this.#before;
    if (!before || document.querySelector("dialog[open]")) return;
    const added = items.find((item) => !before.has(item.id));
    if (!added) return;
    this.#before = null;
    this.#rows.get(added.id)?.edit.focus();
  }

  /** What has the focus in the list. @returns {HTMLElement | null} */
  #focused() {
    const active = document.activeElement;
    return active instanceof HTMLElement && this.#list.contains(active) ? active : null;
  }

  /** Where the focus goes if the row that has it is removed: the next row that stays, else the one before. @param {HTMLElement} focused @param {Set<string>} wanted */
  #nextOf(focused, wanted) {
    const rows = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const at = rows.findIndex((row) => row.contains(focused));
    const stays = (/** @type {HTMLElement} */ row) => wanted.has(row.dataset.item ?? "");
    return rows.slice(at).find(stays) ?? rows.slice(0, at).findLast(stays) ?? null;
  }

  /** A row that moves takes its focus along, one that is removed gives it on. @param {HTMLElement | null} focused @param {HTMLElement | null} after */
  #keepFocus(focused, after) {
    if (!focused || document.activeElement === focused) return;
    if (focused.isConnected) focused.focus();
    else this.#rows.get(after?.dataset.item ?? "")?.edit.focus();
  }

  /** @param {string} id */
  #add(id) {
    const text = (/** @type {string} */ name) => make("span", { class: name });
    const button = (/** @type {string} */ words) => make("button", { class: "button is-small is-plain", text: words, attributes: { type: "button" } });
    const parts = {
      row: make("li", { attributes: { "data-item": id } }),
      number: text("rundown-number"),
      planned: text("rundown-planned"),
      length: make("small"),
      title: text("rundown-name"),
      owner: make("small"),
      editor: text("rundown-editor"),
      state: text("rundown-state"),
      late: text("rundown-late"),
      edit: button(t("Sửa")),
      menu: make("details", { class: "menu" }, [make("summary", { class: "button is-small is-plain", text: "⋯" })]),
      choices: make("div", { class: "menu-choices" }),
    };
    parts.menu.append(parts.choices);
    parts.row.append(
      make("span", { class: "rundown-time" }, [parts.number, parts.planned, parts.length]),
      make("span", { class: "rundown-title" }, [parts.title, parts.owner, parts.editor]),
      make("span", { class: "rundown-real" }, [parts.state, parts.late]),
      make("span", { class: "rundown-buttons" }, [parts.edit, parts.menu]),
    );
    this.#rows.set(id, parts);
    return parts;
  }

  /**
   * @param {Parts} parts
   * @param {Item} item
   * @param {{now: number, projection: Projection, place: number, last: boolean, editor: string}} day
   */
  #fill(parts, item, day) {
    const { now, projection, place } = day;
    parts.row.className = classesOf(item, place, projection);
    if (item.current) parts.row.setAttribute("aria-current", "true");
    else parts.row.removeAttribute("aria-current");
    setText(parts.number, String(item.index + 1));
    setText(parts.planned, time(item.starts_at));
    setText(parts.length, [minutesWords(lengthOf(item)), item.fixed ? t("đúng giờ") : ""].filter(Boolean).join(" · "));
    setText(parts.title, item.title);
    setText(parts.owner, [KIND_WORDS[item.kind] ?? item.kind, item.owner, item.site ? t("điểm cầu {code}", { code: item.site }) : ""].filter(Boolean).join(" · "));
    setText(parts.editor, day.editor ? t("{who} đang sửa mục này", { who: day.editor }) : "");
    parts.editor.hidden = !day.editor;
    setText(parts.state, stateWords(item, now, projection, place));
    const late = lateOf(item, projection);
    setText(parts.late, late);
    parts.late.hidden = !late;
    parts.late.classList.toggle("is-early", late.startsWith("−"));
    this.#buttons(parts, item, { place, last: day.last });
  }

  /**
   * @param {Parts} parts
   * @param {Item} item
   * @param {{place: number, last: boolean}} day
   */
  #buttons(parts, item, { place, last }) {
    parts.edit.hidden = !this.#may.edit;
    parts.menu.hidden = !this.#may.edit && !this.#may.run;
    const ran = item.started_at !== null;
    /** @type {[RowAction, string, boolean][]} */
    const choices = [
      ["start", t("Lên sóng"), this.#may.run && !item.current],
      ["skip", t("Bỏ qua hôm nay"), this.#may.run && !ran && !item.skipped],
      ["take", t("Lấy lại"), this.#may.run && Boolean(item.skipped)],
      ["up", t("Chuyển lên"), this.#may.edit && !ran && item.index > place + 1],
      ["down", t("Chuyển xuống"), this.#may.edit && !ran && !last],
      ["add", t("Thêm mục sau"), this.#may.edit && (item.index >= place || place < 0)],
      ["remove", t("Bỏ khỏi chương trình"), this.#may.edit && !ran],
    ];
    const shown = choices.filter(([, , wanted]) => wanted);
    parts.menu.hidden = shown.length === 0;
    const key = JSON.stringify([shown, item.title, item.index]);
    if (parts.choices.dataset.key === key) return;
    parts.choices.dataset.key = key;
    parts.edit.setAttribute("aria-label", t("Sửa mục {number}: {title}", { number: item.index + 1, title: item.title }));
    parts.menu.firstElementChild?.setAttribute("aria-label", t("Việc khác với mục {number}: {title}", { number: item.index + 1, title: item.title }));
    parts.edit.onclick = () => this.#act("edit", item);
    parts.choices.replaceChildren(...shown.map(([action, words]) => this.#choice(parts.menu, action, words, item)));
  }

  /** @param {HTMLDetailsElement} menu @param {RowAction} action @param {string} words @param {Item} item */
  #choice(menu, action, words, item) {
    const button = make("button", { class: action === "remove" ? "menu-choice is-danger" : "menu-choice", text: words, attributes: { type: "button" } });
    button.addEventListener("click", () => {
      menu.open = false;
      menu.querySelector("summary")?.focus(); // not lost with the button that hides
      this.#act(action, item);
    });
    return button;
  }

  /** @param {EventTarget | null} target */
  #closeMenus(target) {
    for (const { menu } of this.#rows.values()) {
      if (menu.open && !(target instanceof Node && menu.contains(target))) menu.open = false;
    }
  }
}

/** @param {Item} item @param {number} place @param {Projection} projection */
function classesOf(item, place, projection) {
  const names = [];
  if (item.current) names.push("is-current");
  else if (item.ended_at || (item.index < place && item.started_at === null)) names.push("is-past");
  if (item.current && slotIsOver(item, projection)) names.push("is-over");
  if (item.skipped) names.push("is-skipped");
  if (projection.next?.id === item.id) names.push("is-next");
  if (item.kind === "launch") names.push("is-launch");
  return names.join(" ");
}

/** Whether its time is used up: it ends later than its length and what was given. @param {Item} item @param {Projection} projection */
function slotIsOver(item, projection) {
  const slot = projection.slots.get(item.id);
  return Boolean(slot && !item.held_since && slot.end - slot.start > lengthOf(item) + (item.added ?? 0) + (item.held ?? 0));
}

/** @param {Item} item @param {number} now @param {Projection} projection @param {number} place */
function stateWords(item, now, projection, place) {
  if (item.current) {
    if (item.held_since) return t("tạm dừng");
    const left = remaining(item, now);
    return left >= 0 ? t("còn {left}", { left: countdown(left) }) : t("quá {over}", { over: countdown(-left) });
  }
  if (item.started_at !== null && item.ended_at) return `${clock(item.started_at).slice(0, 5)} – ${clock(item.ended_at).slice(0, 5)}`;
  if (item.skipped) return t("bỏ qua");
  if (item.index < place) return t("không thực hiện");
  const slot = projection.slots.get(item.id);
  return slot && Math.abs(slot.start - item.starts_at) >= MINUTE ? t("dự kiến {time}", { time: time(slot.start) }) : "";
}

/** By how much it ran longer or will come later. @param {Item} item @param {Projection} projection */
function lateOf(item, projection) {
  const slot = projection.slots.get(item.id);
  if (!slot || item.skipped) return "";
  if (item.ended_at && item.started_at !== null) return lateWords(item.ended_at - item.started_at - lengthOf(item));
  return item.current ? "" : lateWords(slot.start - item.starts_at);
}
