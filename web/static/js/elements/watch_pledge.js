// The pledge on /watch: its words, one tap to sign, and how many have.

import { post } from "../lib/api.js";
import { browserId } from "../lib/browser_id.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

export class WatchPledge {
  constructor() {
    /** @type {{number: number, text: string, open: boolean, sites: number, people: number} | null} */
    this._row = null;
    /** Which pledge this browser was asked about, and what was found. */
    this._asked = 0;
    this._signed = false;
    byId("pledge-sign").addEventListener("click", () => void this._ask(false));
  }

  /** @param {any} row `pledge` of the public feed */
  take(row) {
    this._row = row ?? null;
    if (row && row.number !== this._asked) {
      this._asked = row.number;
      this._signed = false;
      void this._ask(true);
    }
    this._draw();
  }

  /** @param {boolean} look only ask whether this browser has signed */
  async _ask(look) {
    const act = /** @type {HTMLButtonElement} */ (byId("pledge-sign"));
    act.disabled = true;
    try {
      const { signed } = await post("/api/v1/pledge", { browser: browserId(), look });
      this._signed = signed;
      if (!look) setText(byId("pledge-state"), "");
    } catch (error) {
      if (!look) setText(byId("pledge-state"), /** @type {Error} */ (error).message);
    } finally {
      act.disabled = false;
      this._draw();
    }
  }

  _draw() {
    const row = this._row;
    byId("pledge").hidden = !row;
    if (!row) return;
    setText(byId("pledge-text"), row.text);
    byId("pledge-sign").hidden = !row.open || this._signed;
    byId("pledge-kept").hidden = !row.open || this._signed;
    if (this._signed) setText(byId("pledge-state"), t("✓ Cảm ơn anh/chị đã ký cam kết"));
    const counts = [];
    if (row.sites > 0) counts.push(t("{count} điểm cầu", { count: number(row.sites) }));
    if (row.people > 0) counts.push(t("{count} người xem", { count: number(row.people) }));
    setText(byId("pledge-count"), counts.length > 0 ? t("Đã ký: {counts}", { counts: counts.join(", ") }) : "");
  }
}
