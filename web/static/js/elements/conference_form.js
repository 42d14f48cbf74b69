// The address and the password of the conference room, as the sites that join it see them now; saved or taken away.

import { Problem, command } from "../lib/api.js";
import { number } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

/** @typedef {import("../models/grades.js").SiteRow} SiteRow */

export class ConferenceForm {
  #feed;
  #url = /** @type {HTMLInputElement} */ (byId("conference-url"));
  #password = /** @type {HTMLInputElement} */ (byId("conference-password"));
  #save = /** @type {HTMLButtonElement} */ (byId("conference-save"));
  #clear = byId("conference-clear");
  /** @type {(() => void) | null} */
  #leave = null;
  #told = { url: "", password: "" };

  /** @param {import("../lib/feed.js").FeedClient} feed */
  constructor(feed) {
    this.#feed = feed;
    byId("conference-form").addEventListener("input", () => this.#draw());
    byId("conference-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#give(this.#url.value.trim(), this.#password.value.trim());
    });
    this.#clear.addEventListener("click", () => void this.#give("", ""));
  }

  /**
   * The room has no feed of its own: whoever may look at a site that joins it sees it there.
   * @param {SiteRow[]} rows all sites
   */
  open(rows) {
    const joining = rows.filter((row) => (row.picture ?? "conference") === "conference");
    setText(
      byId("conference-words"),
      joining.length ? tn("{count} điểm cầu nhận hình qua hội nghị thấy địa chỉ và mật khẩu này. Lưu mã hóa.", joining.length, { count: number(joining.length) }) : t("Chưa có điểm cầu nào nhận hình qua hội nghị (cột “picture” của danh sách)."),
    );
    setText(byId("conference-error"), "");
    setText(byId("conference-said"), "");
    this.#take("", "");
    this.close();
    if (joining.length === 0) return this.#draw();
    this.#leave = this.#feed.subscribe(`site:${joining[0].code}`, (own) => {
      const now = own.get("conference") ?? { url: "", password: "" };
      if (this.#touched) this.#told = now; // what somebody is typing stays
      else this.#take(now.url, now.password);
      this.#draw();
    });
    this.#draw();
  }

  get #touched() {
    return this.#url.value !== this.#told.url || this.#password.value !== this.#told.password;
  }

  close() {
    this.#leave?.();
    this.#leave = null;
  }

  /** @param {string} url @param {string} password */
  #take(url, password) {
    this.#told = { url, password };
    this.#url.value = url;
    this.#password.value = password;
  }

  #draw() {
    this.#save.disabled = !this.#url.value.trim() || (this.#url.value.trim() === this.#told.url && this.#password.value.trim() === this.#told.password);
    this.#clear.hidden = !this.#told.url;
  }

  /** @param {string} url @param {string} password */
  async #give(url, password) {
    setText(byId("conference-error"), "");
    setText(byId("conference-said"), "");
    try {
      await command({ kind: "set_conference", access: { url, password } });
      this.#take(url, password);
      setText(byId("conference-said"), url ? t("Đã lưu; các điểm cầu thấy ngay.") : t("Đã bỏ khỏi trang của các điểm cầu."));
    } catch (error) {
      setText(byId("conference-error"), error instanceof Problem ? `${error.message} (${error.code})` : String(error));
    }
    this.#draw();
  }
}
