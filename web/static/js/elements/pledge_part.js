// The caller opens the pledge, sees it count, and closes it.

import { command } from "../lib/api.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, session, setText } from "../lib/page.js";

/** @typedef {{number: number, text: string, open: boolean, sites: number, people: number}} Pledge */

export class PledgePart {
  /** @param {import("./ask_dialog.js").AskDialog} ask */
  constructor(ask) {
    this._ask = ask;
    /** @type {Pledge | null} */
    this._row = null;
    byId("pledge-act").addEventListener("click", () => this._act());
    byId("pledge-again").addEventListener("click", () => this._askOpen());
    this._draw();
  }

  /** @param {any} row `pledge` of the feed `ceremony` */
  take(row) {
    this._row = row ?? null;
    this._draw();
  }

  _draw() {
    const row = this._row;
    const may = ["caller", "admin"].includes(session.role);
    byId("pledge-act").hidden = byId("pledge-again").hidden = !may;
    setText(byId("pledge-words"), row ? row.text : t("Chưa mở ký cam kết."));
    setText(byId("pledge-sum"), row ? t("{sites} điểm cầu và {people} người xem đã ký", { sites: number(row.sites), people: number(row.people) }) : "");
    setText(byId("pledge-act"), !row ? t("Mở ký cam kết") : row.open ? t("Kết thúc ký") : t("Mở ký tiếp"));
    byId("pledge-again").hidden = !may || !row || row.open;
  }

  _act() {
    const row = this._row;
    if (!row) {
      this._askOpen();
      return;
    }
    this._ask.open({
      title: row.open ? t("Kết thúc ký cam kết?") : t("Mở ký tiếp?"),
      words: row.open ? t("Các trang thôi nhận ký; số đã ký giữ nguyên. Có thể mở lại.") : t("Các trang nhận ký tiếp vào số đang có."),
      yes: row.open ? t("Kết thúc ký") : t("Mở ký tiếp"),
      work: () => command({ kind: "close_pledge", reopen: !row.open }),
    });
  }

  _askOpen() {
    this._ask.open({
      title: t("Mở ký cam kết?"),
      words: t("Lời cam kết hiện trên trang của mọi điểm cầu, trang xem và màn hình sân khấu; bắt đầu đếm từ 0."),
      yes: t("Mở ký cam kết"),
      fields: [{ name: "text", label: t("Lời cam kết"), value: this._row?.text ?? "", required: true }],
      work: ({ text }) => command({ kind: "open_pledge", text }),
    });
  }
}
