// The watching of /wall: the acts of its cards, the carriers, the sites of one incident, and the bell.

import { command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { Watch } from "../models/watch.js";
import { maintenanceQuestion } from "./maintenance.js";
import { ownAsk } from "./own_ask.js";
import { WallBell } from "./wall_bell.js";

/**
 * @typedef {import("../models/wall_sites.js").WallSites} WallSites
 * @typedef {import("./watch_cards.js").WatchDoors} WatchDoors
 */

export class WallWatch {
  /**
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {WallSites} sites
   * @param {{narrowed: () => void, changed: () => void, showGroup: (name: string) => void}} page
   */
  constructor(feed, sites, page) {
    this.watch = new Watch();
    this.bell = new WallBell(/** @type {HTMLButtonElement} */ (byId("bell")), () => feed.now());
    this.loaded = false;
    this._feed = feed;
    this._sites = sites;
    this._page = page;
    this._ask = ownAsk();
    this._carriers = /** @type {HTMLSelectElement} */ (byId("carrier"));
    this._only = /** @type {HTMLButtonElement} */ (byId("only"));
    this._number = 0;
    this._carriers.addEventListener("change", () => {
      sites.byCarrier(this._carriers.value);
      page.narrowed();
    });
    this._only.addEventListener("click", () => this.showIncident(0));
    byId("maintain").hidden = !this.mayAct;
    byId("maintain").addEventListener("click", () => this.planMaintenance());
    feed.subscribe("watch", (rows) => {
      this.watch.take(rows);
      this.loaded = true;
      if (this._number) this._follow();
      page.changed();
    });
  }

  now() {
    return this._feed.now();
  }

  get mayAct() {
    return session.role === "tech" || session.role === "admin";
  }

  /** @returns {WatchDoors} */
  get doors() {
    return {
      watch: this.watch,
      mayAct: this.mayAct,
      acknowledge: (what, title) => this.acknowledge(what, title),
      withdraw: (what) => void command({ kind: "withdraw_acknowledgement", ...what }).catch((problem) => this._failed(problem)),
      endMaintenance: (id, name) => this._endMaintenance(id, name),
      showIncident: (number) => this.showIncident(number),
      showGroup: this._page.showGroup,
    };
  }

  /** The sites of the roster changed: which carriers there are. */
  rosterChanged() {
    const carriers = this._sites.carriers();
    const known = [...this._carriers.options].map((option) => option.value).filter(Boolean);
    if (carriers.join("\n") === known.join("\n")) return;
    const chosen = this._carriers.value;
    this._carriers.replaceChildren(make("option", { text: t("Nhà mạng"), attributes: { value: "" } }), ...carriers.map((name) => make("option", { text: name, attributes: { value: name } })));
    this._carriers.value = carriers.includes(chosen) ? chosen : "";
    this._carriers.hidden = carriers.length === 0;
  }

  /** Nothing of this part leaves marks out any more. */
  clear() {
    this._carriers.value = "";
    this._sites.byCarrier("");
    this.showIncident(0);
  }

  /** Only the sites of an incident; 0 for all. @param {number} number */
  showIncident(number) {
    this._number = number === this._number ? 0 : number;
    this._follow();
    this._page.narrowed();
  }

  /** @param {{site?: string, incident?: number}} what @param {string} title */
  acknowledge(what, title) {
    this._ask.open({
      title: t("Tiếp nhận: {title}", { title }),
      words: t("Việc này sẽ thôi kêu và thôi nhắc. Giám sát vẫn tiếp tục, khi kết nối lại vẫn báo."),
      yes: t("Tiếp nhận"),
      fields: [{ name: "reason", label: t("Đang xử lý thế nào"), required: true, hint: t("Ví dụ: đã gọi đầu mối, đang chờ nhà mạng. Không ghi tên người.") }],
      work: ({ reason }) => command({ kind: "acknowledge", ...what, reason }),
    });
  }

  /** @param {import("../models/grades.js").SiteRow} [site] */
  planMaintenance(site) {
    this._ask.open(maintenanceQuestion(this._sites, () => this._feed.now(), site));
  }

  /** @param {string} id @param {string} name */
  _endMaintenance(id, name) {
    this._ask.open({
      title: t("Kết thúc bảo trì: {name}", { name }),
      words: t("Nơi nào còn mất kết nối sẽ được báo ngay."),
      yes: t("Kết thúc bảo trì"),
      work: () => command({ kind: "end_maintenance", maintenance: id }),
    });
  }

  /** The incident that is shown may have grown, or be over. */
  _follow() {
    const incident = this.watch.incident(this._number);
    if (!incident) this._number = 0;
    this._sites.together = incident ? { words: incident.name, codes: new Set(incident.sites ?? incident.lost) } : null;
    this._only.hidden = !incident;
    if (incident) setText(this._only, t("Sự cố {name} {time} ✕", { name: incident.name, time: time(incident.since) }));
  }

  /** @param {{message: string, code?: string}} problem */
  _failed(problem) {
    this._ask.open({ title: t("Chưa làm được"), words: `${problem.message} (${problem.code ?? ""})`, yes: t("Đóng"), work: async () => undefined });
  }
}
