// The delegates to introduce, for those who say who is there: there, absent, somebody in their place; one more at the end.

import { Problem, command, putBlob } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { guestCounts } from "../models/guests.js";
import { problemList } from "./file_problems.js";

/**
 * @typedef {import("../models/guests.js").Guest} Guest
 * @typedef {import("../models/guests.js").GuestStatus} GuestStatus
 */

/** @type {Record<GuestStatus, string>} */
export const STATUS_WORDS = { expected: t("chưa đến"), arrived: t("đã đến"), absent: t("vắng"), replaced: t("dự thay") };

export class GuestDesk {
  #root;
  #list = make("ol", { class: "guests" });
  #counts = make("p", { class: "small quiet", attributes: { role: "status" } });
  #problems = make("div", { class: "stack-8", attributes: { "aria-live": "polite" } });
  #refused = make("p", { class: "field-error", attributes: { role: "alert" } });
  /** Whose substitute is being typed. */
  #replacing = "";
  /** @type {Guest[]} */
  #guests = [];
  #drawn = "";

  /**
   * @param {HTMLElement} root
   * @param {{keep: boolean}} may `keep`: may import, move and remove; others only say who is there
   */
  constructor(root, may) {
    this.#root = root;
    this.may = may;
    // News that waited for somebody to finish typing.
    this.#list.addEventListener("focusout", () => setTimeout(() => this.draw(this.#guests)));
    root.append(this.#counts, this.#list, this.#adding(), this.#refused, this.#problems);
    if (may.keep) root.append(this.#files());
  }

  /** @param {Guest[]} guests */
  draw(guests) {
    this.#guests = guests;
    const { there, absent, all } = guestCounts(guests);
    setText(this.#counts, all === 0 ? t("Chưa có danh sách giới thiệu đại biểu.") : t("{there} trên {all} đại biểu đã có mặt, {absent} vắng", { there, all, absent }));
    const key = JSON.stringify([guests, this.#replacing]);
    if (key === this.#drawn) return;
    // What is being typed in the list is not taken away by news; it is drawn when the field is left.
    if (this.#list.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement) return;
    const focused = document.activeElement?.getAttribute("data-key");
    this.#drawn = key;
    this.#list.replaceChildren(...guests.map((guest) => this.#row(guest)));
    if (focused) /** @type {HTMLElement | null} */ (this.#root.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {Guest} guest */
  #row(guest) {
    const person = make("span", { class: "guest-who" }, [make("strong", { text: guest.name }), make("small", { text: guest.title })]);
    if (guest.status === "replaced") person.append(make("small", { class: "guest-instead", text: t("dự thay: {name}", { name: [guest.substitute_name, guest.substitute_title].filter(Boolean).join(", ") }) }));
    const state = make("span", { class: "guest-state", text: STATUS_WORDS[guest.status] });
    if (guest.changed_by) state.title = guest.changed_by;
    const row = make("li", { class: `is-${guest.status}` }, [make("span", { class: "guest-number", text: String(guest.index + 1) }), person, state, this.#buttons(guest)]);
    if (this.#replacing === guest.id) row.append(this.#replaceForm(guest));
    return row;
  }

  /** @param {Guest} guest */
  #buttons(guest) {
    const buttons = make("span", { class: "guest-buttons" });
    const add = (/** @type {string} */ key, /** @type {string} */ text, /** @type {() => void} */ work, pressed = false) => {
      const button = make("button", { class: "button is-small is-plain", text, attributes: { type: "button", "data-key": `${key} ${guest.id}`, "aria-label": `${text}: ${guest.name}`, "aria-pressed": String(pressed) } });
      button.addEventListener("click", work);
      buttons.append(button);
    };
    add("arrived", t("Đã đến"), () => this.#mark(guest, guest.status === "arrived" ? "expected" : "arrived"), guest.status === "arrived");
    add("absent", t("Vắng"), () => this.#mark(guest, guest.status === "absent" ? "expected" : "absent"), guest.status === "absent");
    add("replaced", t("Dự thay"), () => this.#ask(guest), guest.status === "replaced");
    if (this.may.keep) {
      add("up", "↑", () => this.#move(guest, -1));
      add("remove", t("Bỏ"), () => void this.#give({ kind: "remove_guest", guest: guest.id }));
    }
    return buttons;
  }

  /** @param {Guest} guest */
  #replaceForm(guest) {
    const name = make("input", { class: "input", attributes: { "aria-label": t("Họ tên người dự thay {name}", { name: guest.name }), placeholder: t("Họ tên người dự thay"), maxlength: "250", autocomplete: "off" } });
    const title = make("input", { class: "input", attributes: { "aria-label": t("Chức vụ, đơn vị"), placeholder: t("Chức vụ, đơn vị"), maxlength: "250", autocomplete: "off" } });
    const form = make("form", { class: "guest-form" }, [name, title, make("button", { class: "button is-small is-main", text: t("Ghi dự thay") })]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#replacing = "";
      name.blur();
      title.blur();
      void this.#give({ kind: "mark_guest", guest: guest.id, status: "replaced", substitute: { name: name.value, title: title.value } });
    });
    queueMicrotask(() => name.focus());
    return form;
  }

  #adding() {
    const name = make("input", { class: "input", attributes: { "aria-label": t("Họ tên đại biểu"), placeholder: t("Họ tên đại biểu đến thêm"), maxlength: "250", autocomplete: "off" } });
    const title = make("input", { class: "input", attributes: { "aria-label": t("Chức vụ, đơn vị"), placeholder: t("Chức vụ, đơn vị"), maxlength: "250", autocomplete: "off" } });
    const form = make("form", { class: "guest-form" }, [name, title, make("button", { class: "button is-small is-plain", text: t("Thêm đại biểu đã đến") })]);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const last = this.#guests.at(-1)?.id ?? null;
      if (await this.#give({ kind: "add_guest", guest: { name: name.value, title: title.value }, after: last })) form.reset();
    });
    return form;
  }

  #files() {
    const input = make("input", { attributes: { type: "file", accept: ".xlsx,.xls,.csv", hidden: "" } });
    const button = make("button", { class: "button is-small is-plain", text: t("Nhập danh sách từ Excel, CSV"), attributes: { type: "button" } });
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      try {
        const answer = await putBlob("/api/v1/guests", file);
        this.#problems.replaceChildren(...problemList(answer));
      } catch (error) {
        this.#say(error);
      }
    });
    return make("div", { class: "button-row" }, [input, button]);
  }

  /** @param {Guest} guest @param {GuestStatus} status */
  #mark(guest, status) {
    void this.#give({ kind: "mark_guest", guest: guest.id, status });
  }

  /** @param {Guest} guest */
  #ask(guest) {
    if (guest.status === "replaced") {
      this.#mark(guest, "expected");
      return;
    }
    this.#replacing = this.#replacing === guest.id ? "" : guest.id;
    this.draw(this.#guests);
  }

  /** @param {Guest} guest @param {number} step */
  #move(guest, step) {
    const after = this.#guests[guest.index + step - 1]?.id ?? null;
    if (guest.index + step >= 0) void this.#give({ kind: "move_guest", guest: guest.id, after });
  }

  /** @param {import("../lib/api.js").CommandFields} fields */
  async #give(fields) {
    try {
      await command(fields);
      this.#say("");
      return true;
    } catch (error) {
      this.#say(error);
      return false;
    }
  }

  /** @param {unknown} error */
  #say(error) {
    setText(this.#refused, error instanceof Problem ? `${error.message} (${error.code})` : String(error));
  }
}
