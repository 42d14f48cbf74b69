// To whom: all sites, those who have not reported, a level or a group.

import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { hasReported } from "../models/grades.js";

export class SitePicker {
  /** @param {HTMLSelectElement} select @param {() => void} changed */
  constructor(select, changed) {
    this._select = select;
    this._changed = changed;
    this._key = "";
    /** @type {any[]} */
    this._sites = [];
    select.addEventListener("change", changed);
  }

  /** @param {Map<string, any>} sites @param {Array<{id: string, name: string}>} levels */
  draw(sites, levels) {
    this._sites = [...sites.values()];
    const groups = [...new Set(this._sites.map((site) => site.group))];
    const key = `${groups.join("\n")}|${levels.map((each) => each.id).join()}`;
    if (key === this._key) return;
    this._key = key;
    const chosen = this._select.value;
    this._select.replaceChildren(
      make("option", { text: t("Tất cả điểm cầu"), attributes: { value: "all" } }),
      make("option", { text: t("Các điểm cầu chưa báo số đại biểu"), attributes: { value: "missing" } }),
      make("optgroup", { attributes: { label: t("Cấp") } }, levels.map((each) => make("option", { text: each.name, attributes: { value: `level:${each.id}` } }))),
      make("optgroup", { attributes: { label: t("Cụm") } }, groups.map((name) => make("option", { text: name, attributes: { value: `group:${name}` } }))),
    );
    this._select.value = chosen || "all";
    this._changed();
  }

  /** @returns {{to: Record<string, unknown>, count: number, words: string}} `to` as commands want it */
  selection() {
    const words = this._select.selectedOptions[0]?.textContent ?? "";
    const [family, ...rest] = this._select.value.split(":");
    const name = rest.join(":");
    if (family === "missing") {
      const codes = this._sites.filter((site) => !hasReported(site)).map((site) => site.code);
      return { to: { sites: codes }, count: codes.length, words };
    }
    if (family === "level") return { to: { levels: [name] }, count: this._sites.filter((site) => site.level === name).length, words };
    if (family === "group") return { to: { groups: [name] }, count: this._sites.filter((site) => site.group === name).length, words };
    return { to: { all: true }, count: this._sites.length, words };
  }
}
