// Papers and the pledge on a host's page.

import { t, tn } from "../lib/i18n.js";
import { number } from "../lib/format.js";
import { byId, make, session, setText } from "../lib/page.js";
import { ownPapers, pledgeState, sizeWords } from "../models/papers.js";

export class SitePapers {
  /**
   * @param {string} site
   * @param {(kind: string, fields: Record<string, unknown>) => Promise<unknown>} report puts it into the outbox
   */
  constructor(site, report) {
    this._site = site;
    this._report = report;
    this._key = "";
    byId("pledge-sign").addEventListener("click", () => void report("sign_pledge", {}));
  }

  /** @param {any} row `papers` of the site's feed @param {any} pledge of the feed `ceremony` @param {any[]} entries of the outbox */
  draw(row, pledge, entries) {
    this._drawPledge(row, pledge, entries);
    const papers = ownPapers(row?.papers ?? [], entries);
    const key = JSON.stringify(papers);
    if (key === this._key) return;
    this._key = key;
    byId("own-papers-part").hidden = papers.length === 0;
    byId("own-papers").replaceChildren(
      ...papers.map((paper) => {
        const link = make("a", { class: "site-paper", attributes: { href: `/api/v1/papers/${paper.id}?as=${session.as}&site=${encodeURIComponent(this._site)}`, target: "_blank", rel: "noopener" } }, [
          make("strong", { text: paper.title }),
          make("span", { class: "small quiet", text: `${paper.media_type === "application/pdf" ? "PDF" : t("Ảnh")} · ${sizeWords(paper.bytes)}${paper.opened ? t(" · đã mở") : ""}` }),
        ]);
        link.addEventListener("click", () => {
          if (!paper.opened) void this._report("open_paper", { paper: paper.id });
        });
        return make("li", { attributes: { "data-opened": String(paper.opened) } }, [link]);
      }),
    );
  }

  /** @param {any} row @param {any} pledge @param {any[]} entries */
  _drawPledge(row, pledge, entries) {
    const state = pledgeState(pledge, row, entries);
    byId("pledge").hidden = state === "none" || state === "closed";
    if (state === "none") return;
    setText(byId("pledge-text"), pledge.text);
    byId("pledge-sign").hidden = state !== "ask";
    const words = { ask: "", waits: t("Đã lưu trên máy, đang gửi"), signed: t("✓ Điểm cầu đã ký cam kết"), closed: "", none: "" };
    setText(byId("pledge-state"), words[state]);
    setText(byId("pledge-count"), pledge.sites > 0 ? tn("{count} điểm cầu đã ký", pledge.sites, { count: number(pledge.sites) }) : "");
  }
}
