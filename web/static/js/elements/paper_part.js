// Papers to all sites or some, and who has opened each.

import { Problem, command, post, putBlob } from "../lib/api.js";
import { time } from "../lib/format.js";
import { hashOf } from "../lib/hash.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { sizeWords, tooLarge } from "../models/papers.js";
import { awaitedList } from "./awaited_list.js";
import { SitePicker } from "./site_picker.js";

/** @typedef {{id: string, title: string, media_type: string, bytes: number, at: number, of: number, opened: number, withdrawn: boolean, rehearsal?: boolean}} Paper */

export class PaperPart {
  /** @param {import("./ask_dialog.js").AskDialog} ask */
  constructor(ask) {
    this._ask = ask;
    this._key = "";
    this._busy = false;
    this._to = new SitePicker(/** @type {HTMLSelectElement} */ (byId("paper-to")), () => this._count());
    this._file = /** @type {HTMLInputElement} */ (byId("paper-file"));
    this._title = /** @type {HTMLInputElement} */ (byId("paper-title"));
    this._file.addEventListener("change", () => this._chosen());
    this._title.addEventListener("input", () => this._count());
    byId("paper-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this._send();
    });
  }

  /** @param {Map<string, any>} help @param {Map<string, any>} sites @param {any} info */
  draw(help, sites, info) {
    this._to.draw(sites, info?.levels ?? []);
    const papers = /** @type {Paper[]} */ ([...help].filter(([key]) => key.startsWith("paper:")).map(([, row]) => row)).sort((one, other) => other.at - one.at);
    const key = JSON.stringify(papers);
    if (key === this._key) return;
    this._key = key;
    byId("papers").replaceChildren(...papers.map((paper) => this._row(paper)));
    byId("papers-empty").hidden = papers.length > 0;
  }

  _chosen() {
    const file = this._file.files?.[0];
    const wrong = file && tooLarge(file.size) ? t("Tệp {size} lớn quá 20 MB. Nén lại rồi gửi.", { size: sizeWords(file.size) }) : "";
    setText(byId("paper-error"), wrong);
    if (file && !this._title.value) this._title.value = file.name.replace(/\.[^.]+$/, "");
    this._count();
  }

  _count() {
    const { count } = this._to.selection();
    const file = this._file.files?.[0];
    setText(byId("paper-count"), tn("{count} điểm cầu sẽ nhận", count));
    /** @type {HTMLButtonElement} */ (byId("paper-send")).disabled = this._busy || !file || tooLarge(file.size) || this._title.value.trim() === "" || count === 0;
  }

  async _send() {
    const file = this._file.files?.[0];
    if (!file || this._busy) return;
    this._busy = true;
    this._count();
    setText(byId("paper-error"), t("Đang tải tệp lên"));
    try {
      const sha256 = await hashOf(await file.arrayBuffer());
      await putBlob(`/api/v1/blobs/${sha256}`, file);
      const answer = await post("/api/v1/papers", { sha256, title: this._title.value.trim(), to: this._to.selection().to });
      if (answer.outcome === "refused") throw new Problem(answer.problem.code, answer.problem.detail);
      /** @type {HTMLFormElement} */ (byId("paper-form")).reset();
      setText(byId("paper-error"), "");
    } catch (error) {
      setText(byId("paper-error"), /** @type {Error} */ (error).message);
    } finally {
      this._busy = false;
      this._count();
    }
  }

  /** @param {Paper} paper */
  _row(paper) {
    const missing = paper.of - paper.opened;
    const details = awaitedList(missing === 0 ? t("Tất cả đã mở") : tn("{count} điểm cầu chưa mở", missing), `/api/v1/papers/${paper.id}/unopened`);
    const withdraw = make("button", { class: "button is-small is-plain", text: paper.withdrawn ? t("Gửi lại") : t("Thu hồi"), attributes: { type: "button" } });
    withdraw.addEventListener("click", () => this._askWithdraw(paper));
    return make("li", { class: "notice", attributes: { "data-withdrawn": String(paper.withdrawn) } }, [
      make("div", { class: "row is-spread" }, [
        make("a", { class: "notice-text", text: paper.title, attributes: { href: `/api/v1/papers/${paper.id}?as=${session.as}`, target: "_blank", rel: "noopener" } }),
        withdraw,
      ]),
      make("p", { class: "small quiet", text: `${time(paper.at)} · ${sizeWords(paper.bytes)}${paper.rehearsal ? t(" · tổng duyệt") : ""}${paper.withdrawn ? t(" · đã thu hồi") : ""}` }),
      make("div", { class: "notice-read" }, [make("progress", { attributes: { max: String(paper.of), value: String(paper.opened), "aria-label": t("Đã mở") } }), make("span", { class: "small number", text: t("{opened}/{of} đã mở", { opened: paper.opened, of: paper.of }) })]),
      details,
    ]);
  }

  /** @param {Paper} paper */
  _askWithdraw(paper) {
    this._ask.open({
      title: paper.withdrawn ? t("Gửi lại tài liệu này?") : t("Thu hồi tài liệu này?"),
      words: paper.withdrawn ? t("“{title}” hiện lại ở các điểm cầu đã nhận.", { title: paper.title }) : t("“{title}” không mở được nữa ở các điểm cầu. Có thể gửi lại sau.", { title: paper.title }),
      yes: paper.withdrawn ? t("Gửi lại") : t("Thu hồi tài liệu"),
      danger: !paper.withdrawn,
      work: () => command({ kind: "withdraw_paper", paper: paper.id, restore: paper.withdrawn }),
    });
  }
}
