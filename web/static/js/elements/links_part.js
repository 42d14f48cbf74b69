// Links of hosts: take one back and give a new one, or let somebody in by a short code told over the phone.

import { Problem, command, post, read } from "../lib/api.js";
import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { HostChange } from "./host_change.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {import("../models/site_search.js").SiteSearch} SiteSearch
 * @typedef {import("./ask_dialog.js").AskDialog} AskDialog
 * @typedef {{id: string, site: string, check: string, asked_at: number, state: string}} Pending
 */

const SHOWN = 8;
const ASK_EVERY = 4000;
/** While another part of the desk is shown: whoever waits must still be told of on the tab. */
const ASK_EVERY_AWAY = 15_000;

export class LinksPart {
  /**
   * @param {AskDialog} ask
   * @param {SiteSearch} search
   * @param {(code: string) => SiteRow | undefined} siteOf
   */
  constructor(ask, search, siteOf) {
    this._ask = ask;
    this._search = search;
    this._siteOf = siteOf;
    this._input = /** @type {HTMLInputElement} */ (byId("link-site"));
    this._input.addEventListener("input", () => this._find());
    this._change = new HostChange(ask, {
      now: () => Date.now() * 1000,
      show: (children) => this._made(children),
      decide: (pending, accept) => this._decide(pending, accept),
    });
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._timer = undefined;
    this.show(false);
  }

  /** Another person takes the site over, now, on the phone. @param {SiteRow} site */
  changeHost(site) {
    this._change.begin(site);
  }

  /**
   * Those who wait are asked for more often while they are shown.
   * @param {boolean} shown
   */
  show(shown) {
    clearInterval(this._timer);
    void this._readWaiting();
    this._timer = setInterval(() => void this._readWaiting(), shown ? ASK_EVERY : ASK_EVERY_AWAY);
  }

  /** @param {SiteRow} site */
  askRenew(site) {
    this._ask.open({
      title: t("Thu hồi liên kết của {name}?", { name: site.name }),
      words: t("Máy đang dùng liên kết cũ bị ngắt ngay. Số đã báo vẫn còn. Gửi liên kết mới cho đầu mối sau khi cấp."),
      yes: t("Thu hồi và cấp liên kết mới"),
      danger: true,
      fields: [{ name: "reason", label: t("Lý do"), required: true, value: t("Liên kết bị chuyển cho người khác") }],
      work: async ({ reason }) => {
        await command({ kind: "revoke_link", subject: `host:${site.code}`, reason });
        const [link] = await post("/api/v1/links", { role: "host", sites: [site.code] });
        this._showLink(site, link.url);
      },
    });
  }

  _find() {
    const found = this._search.find(this._input.value, SHOWN).map((each) => this._siteOf(each.code));
    byId("link-sites").replaceChildren(...found.flatMap((site) => (site ? [this._siteLine(site)] : [])));
  }

  /** @param {SiteRow} site */
  _siteLine(site) {
    const change = make("button", { class: "button is-small is-main", text: t("Đổi người phụ trách"), attributes: { type: "button" } });
    change.addEventListener("click", () => this.changeHost(site));
    const renew = make("button", { class: "button is-small is-plain", text: t("Thu hồi và cấp liên kết mới"), attributes: { type: "button" } });
    renew.addEventListener("click", () => this.askRenew(site));
    const code = make("button", { class: "button is-small", text: t("Cấp mã ngắn"), attributes: { type: "button" } });
    code.addEventListener("click", () => void this._giveCode(site));
    const name = make("div", {}, [make("strong", { text: site.name }), make("p", { class: "small quiet", text: `${site.code} · ${site.group}` })]);
    return make("li", {}, [name, make("div", { class: "button-row" }, [change, code, renew])]);
  }

  /**
   * @param {SiteRow} site
   * @param {string} url
   */
  _showLink(site, url) {
    const copy = make("button", { class: "button is-main", text: t("Sao chép liên kết"), attributes: { type: "button" } });
    const secret = make("p", { class: "desk-secret", text: url });
    copy.addEventListener("click", () => {
      void navigator.clipboard?.writeText(url).then(() => setText(copy, t("Đã sao chép")));
      getSelection()?.selectAllChildren(secret);
    });
    this._made([
      make("h3", { text: t("Liên kết mới của {name}", { name: site.name }) }),
      secret,
      make("p", { class: "small quiet", text: t("Ai có liên kết này là báo được số cho điểm cầu. Chỉ gửi cho đầu mối.") }),
      copy,
    ]);
  }

  /** @param {SiteRow} site */
  async _giveCode(site) {
    try {
      const answer = await post("/api/v1/codes", { site: site.code });
      this._made([
        make("h3", { text: t("Mã ngắn cho {name}", { name: site.name }) }),
        make("p", { class: "desk-digits", text: answer.code.replace(/(\d{4})(\d{4})/, "$1 $2") }),
        make("p", { class: "quiet", text: t("Đọc mã này qua điện thoại. Dùng một lần, đến {time}. Khi đầu mối gõ xong, so hai số rồi bấm đồng ý.", { time: time(answer.expires) }) }),
      ]);
    } catch (error) {
      this._made([problemElement(error)]);
    }
  }

  /** @param {Node[]} children */
  _made(children) {
    const area = byId("link-made");
    area.replaceChildren(...children);
    area.hidden = false;
    area.scrollIntoView({ block: "nearest" });
  }

  async _readWaiting() {
    try {
      const waiting = await read("/api/v1/codes");
      this._drawWaiting(waiting);
      this._change.waiting(waiting);
    } catch {
      // The banner already tells that the centre is not heard; the next question comes in a few seconds.
    }
  }

  /** @param {Pending[]} waiting */
  _drawWaiting(waiting) {
    byId("waiting-count").hidden = waiting.length === 0;
    setText(byId("waiting-count"), number(waiting.length));
    byId("waiting-empty").hidden = waiting.length > 0;
    const area = byId("waiting");
    const key = waiting.map((each) => `${each.id} ${this._siteOf(each.site)?.name}`).join();
    if (area.dataset.key === key) return;
    area.dataset.key = key;
    area.replaceChildren(...waiting.map((each) => this._waitingLine(each)));
  }

  /** @param {Pending} pending */
  _waitingLine(pending) {
    const name = this._siteOf(pending.site)?.name ?? pending.site;
    const yes = make("button", { class: "button is-small is-main", text: t("Đúng {check}, cho vào", { check: pending.check }), attributes: { type: "button" } });
    const no = make("button", { class: "button is-small is-plain", text: t("Không phải"), attributes: { type: "button" } });
    yes.addEventListener("click", () => void this._decide(pending, true));
    no.addEventListener("click", () => void this._decide(pending, false));
    const words = make("div", {}, [make("strong", { text: name }), make("p", { class: "small quiet", text: t("hai số trên máy họ phải là {check}", { check: pending.check }) })]);
    return make("li", {}, [words, make("div", { class: "button-row" }, [no, yes])]);
  }

  /**
   * @param {Pending} pending
   * @param {boolean} accept
   * @returns {Promise<boolean>} whether the centre took the word
   */
  async _decide(pending, accept) {
    let taken = true;
    try {
      await post("/api/v1/codes/decision", { id: pending.id, accept });
    } catch (error) {
      taken = false;
      this._made([problemElement(error)]);
    }
    delete byId("waiting").dataset.key; // an empty one would be taken for the drawing of nobody
    await this._readWaiting();
    return taken;
  }
}

/** @param {unknown} error */
function problemElement(error) {
  const problem = error instanceof Problem ? error : new Problem("page_error", String(error));
  return make("p", { class: "banner is-bad" }, [make("span", { class: "grow", text: problem.message }), make("span", { class: "code", text: problem.code })]);
}
