// The delegates as the MC reads them out: only those who are there, in order, what changed lately marked; below, quietly, the others.

import { command } from "../lib/api.js";
import { fold } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { guestCounts, introduced, isFresh } from "../models/guests.js";
import { STATUS_WORDS } from "./guest_desk.js";

/**
 * @typedef {import("../models/guests.js").Guest} Guest
 * @typedef {import("../models/programme.js").Item} Item
 */

export class GuestIntro {
  /** Opened or closed by hand; null: by what is on air. @type {boolean | null} */
  #wanted = null;
  #onAir = "";
  #drawn = "";
  #say;

  /** @param {(error: unknown) => void} say */
  constructor(say) {
    this.#say = say;
    byId("intro-toggle").addEventListener("click", () => {
      this.#wanted = Boolean(byId("intro").hidden);
      this.#show(this.#wanted);
    });
  }

  /** @param {Guest[]} guests @param {Item | null} current @param {number} now */
  draw(guests, current, now) {
    if (current?.id !== this.#onAir) {
      this.#onAir = current?.id ?? "";
      this.#wanted = null;
    }
    const { there, all } = guestCounts(guests);
    byId("intro-toggle").hidden = all === 0;
    this.#show(all > 0 && (this.#wanted ?? isIntroduction(current)));
    setText(byId("intro-head"), t("Giới thiệu đại biểu · {there} trên {all} đã có mặt", { there, all }));
    setText(byId("intro-toggle"), byId("intro").hidden ? t("Giới thiệu đại biểu ({there}/{all})", { there, all }) : t("Đóng danh sách đại biểu"));
    const reading = introduced(guests, now);
    const away = guests.filter((guest) => guest.status === "expected" || guest.status === "absent");
    const key = JSON.stringify([reading, away.map((guest) => [guest, isFresh(guest, now)])]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    byId("intro-there").replaceChildren(...reading.map(readRow));
    byId("intro-rest").hidden = away.length === 0;
    byId("intro-away").replaceChildren(...away.map((guest) => this.#awayRow(guest, now)));
  }

  /** @param {boolean} open */
  #show(open) {
    byId("intro").hidden = !open;
    byId("intro-toggle").setAttribute("aria-expanded", String(open));
  }

  /** @param {Guest} guest @param {number} now */
  #awayRow(guest, now) {
    const state = make("span", { class: isFresh(guest, now) && guest.status === "absent" ? "mc-fresh" : "quiet small", text: STATUS_WORDS[guest.status] });
    const button = make("button", { class: "button is-small is-plain", text: t("Đã đến"), attributes: { type: "button", "aria-label": t("Đã đến: {name}", { name: guest.name }) } });
    button.addEventListener("click", async () => {
      try {
        await command({ kind: "mark_guest", guest: guest.id, status: "arrived" });
      } catch (error) {
        this.#say(error);
      }
    });
    return make("li", {}, [make("span", { class: "mc-guest" }, [guest.name, make("small", { text: guest.title })]), state, button]);
  }
}

/** @param {import("../models/guests.js").Introduced} guest */
function readRow(guest) {
  const words = make("span", { class: "mc-guest" }, [guest.name, make("small", { text: guest.title })]);
  if (guest.instead) words.append(make("small", { text: t("dự thay {name}", { name: guest.instead }) }));
  const row = make("li", { class: guest.fresh ? "is-fresh" : "" }, [words]);
  if (guest.fresh) row.append(make("span", { class: "mc-fresh", text: t("mới cập nhật") }));
  return row;
}

/** @param {Item | null} item */
function isIntroduction(item) {
  return item !== null && fold(item.title).includes("gioi thieu dai bieu");
}
