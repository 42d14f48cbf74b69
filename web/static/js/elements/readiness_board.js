// "Sẵn sàng n/433": how many sites have each item of the checklist, whom to look at, and the lists to hand on.

import { number } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { lines, toLookAt } from "../models/readiness.js";

/**
 * @typedef {import("../models/readiness.js").Item} Item
 * @typedef {import("../models/readiness.js").Totals} Totals
 * @typedef {import("../models/readiness.js").SiteRow} SiteRow
 */

export class ReadinessBoard {
  #only;
  #open = byId("readiness-open");
  #dialog = /** @type {HTMLDialogElement} */ (byId("readiness"));
  #drawn = "";
  /** The item whose sites are shown; empty for none. */
  #shown = "";

  /** @type {Item[]} */
  #items = [];
  #mayEdit = ["tech", "admin"].includes(session.role);

  /**
   * @param {(which: ((row: SiteRow) => boolean) | null) => void} only narrows the wall to some sites, or no longer
   * @param {(items: Item[]) => void} edit
   */
  constructor(only, edit) {
    this.#only = only;
    byId("readiness-edit").hidden = !this.#mayEdit;
    byId("readiness-edit").addEventListener("click", () => {
      this.#dialog.close();
      edit(this.#items);
    });
    this.#open.addEventListener("click", () => (this.#shown ? this.clear() : this.#dialog.showModal()));
    byId("readiness-close").addEventListener("click", () => this.#dialog.close());
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.#dialog.querySelectorAll("a[data-file]"))) {
      link.href = `${link.dataset.file}?as=${session.as}`;
      link.hidden = session.role === "caller" && !link.dataset.file?.includes("readiness");
    }
  }

  /** Show all sites again. */
  clear() {
    if (!this.#shown) return;
    this.#shown = "";
    this.#only(null);
    this.#drawn = "";
  }

  /**
   * @param {Item[] | undefined} items
   * @param {Totals | undefined} totals
   */
  draw(items, totals) {
    const key = JSON.stringify([items, totals, this.#shown]);
    if (!items || !totals || key === this.#drawn) return;
    this.#drawn = key;
    this.#items = items;
    this.#open.hidden = items.length === 0 && !this.#mayEdit;
    const shown = items.find((item) => item.id === this.#shown);
    setText(byId("readiness-ready"), number(totals.ready));
    setText(byId("readiness-of"), `/ ${number(totals.sites)}`);
    setText(byId("readiness-words"), shown ? `✕ ${shown.name}` : t("sẵn sàng"));
    this.#open.setAttribute("aria-pressed", String(Boolean(shown)));
    setText(byId("readiness-sum"), t("{ready} trên {sites} điểm cầu đã xong mọi mục.", { ready: number(totals.ready), sites: number(totals.sites) }));
    byId("readiness-items").replaceChildren(...lines(items, totals).map((line) => this.#line(items, line)));
  }

  /** @param {Item[]} items @param {import("../models/readiness.js").Line} line */
  #line(items, line) {
    const count = line.fact ? line.good : line.of - line.good;
    const look = make("button", { class: "button is-small is-plain", text: line.fact ? tn("Xem {count} nơi", count, { count: number(count) }) : tn("{count} nơi chưa đạt", count, { count: number(count) }), attributes: { type: "button", "aria-label": `${line.name}: ${number(count)}` } });
    look.disabled = count === 0;
    look.addEventListener("click", () => {
      this.#shown = line.id;
      this.#dialog.close();
      this.#only(toLookAt(items, line.id));
    });
    const bar = make("meter", { attributes: { min: "0", max: String(Math.max(1, line.of)), value: String(line.good), "aria-label": line.name } });
    return make("li", {}, [
      make("span", { text: line.name }),
      bar,
      make("strong", { class: "number", text: `${number(line.good)}/${number(line.of)}` }),
      look,
    ]);
  }
}
