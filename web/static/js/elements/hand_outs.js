// What the desk hands out: sheets to print, links to send over Zalo, and lists to send to districts; all, or one group.

import { t } from "../lib/i18n.js";
import { byId, session, setText } from "../lib/page.js";

const FILES = [
  { id: "hand-out-pdf", path: "/api/v1/sheets.pdf" },
  { id: "hand-out-xlsx", path: "/api/v1/sheets.xlsx" },
  { id: "hand-out-unopened", path: "/api/v1/reports/unopened.xlsx" },
  { id: "hand-out-unopened-pdf", path: "/api/v1/sheets.pdf", unopened: true },
  { id: "hand-out-readiness", path: "/api/v1/reports/readiness.xlsx" },
];

export class HandOuts {
  #group = /** @type {HTMLSelectElement} */ (byId("hand-out-group"));

  constructor() {
    this.#group.addEventListener("change", () => this.#point());
    for (const { id } of FILES) byId(id).addEventListener("click", () => setText(byId("hand-out-said"), t("Đang làm tệp. Nhiều điểm cầu thì mất một, hai phút; cứ làm việc khác.")));
    this.#point();
  }

  #point() {
    for (const { id, path, unopened } of FILES) {
      const query = new URLSearchParams({ as: session.as });
      if (this.#group.value) query.set("group", this.#group.value);
      if (unopened) query.set("unopened", "1");
      /** @type {HTMLAnchorElement} */ (byId(id)).href = `${path}?${query}`;
    }
  }
}
