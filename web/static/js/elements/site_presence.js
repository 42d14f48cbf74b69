// "Điểm danh": the contact is there, and who chairs.

import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

/**
 * @typedef {import("../models/site_form.js").SiteRow} SiteRow
 * @typedef {(kind: string, fields: Record<string, unknown>) => Promise<unknown>} Report
 */

export class SitePresence {
  #contact = /** @type {HTMLFormElement} */ (byId("contact-form"));
  #chair = /** @type {HTMLFormElement} */ (byId("chair-form"));
  #report;

  /** @param {Report} report */
  constructor(report) {
    this.#report = report;
    this.#contact.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#checkIn();
    });
    this.#chair.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#declare();
    });
    this.#chair.addEventListener("change", () => this.#draw());
  }

  /**
   * @param {SiteRow | null} site
   * @param {string} [chairAt] the other point at which the planned chair sits: a person counts at one
   */
  show(site, chairAt = "") {
    const who = [site?.contact_name, site?.contact_phone].filter(Boolean).join(" · ");
    setText(byId("contact-planned"), who ? t("Đầu mối kỹ thuật: {who}", { who }) : t("Đầu mối kỹ thuật chưa ghi trong danh sách."));
    setText(byId("contact-other-words"), who ? t("Người khác phụ trách hôm nay") : t("Ghi họ tên và số điện thoại của tôi"));
    const chair = site?.chair || t("Chủ trì theo kế hoạch");
    setText(byId("chair-planned"), chair);
    setText(byId("chair-away"), chairAt ? t("{chair} dự tại {place}, không tính tại đây. Ghi người chủ trì thay.", { chair, place: chairAt }) : "");
    byId("chair-away").hidden = !chairAt;
    const planned = /** @type {HTMLInputElement} */ (this.#chair.querySelector('[value="planned"]'));
    planned.disabled = Boolean(chairAt);
    /** @type {HTMLElement} */ (planned.closest("label")).hidden = Boolean(chairAt);
    if (chairAt) /** @type {HTMLInputElement} */ (this.#chair.querySelector('[value="substitute"]')).checked = true;
    this.#draw();
  }

  async #checkIn() {
    const name = value(this.#contact, "name");
    const phone = value(this.#contact, "phone");
    const contact = name || phone ? { contact: { name, phone } } : {};
    await this.#report("check_in", contact);
  }

  async #declare() {
    if (!this.#isSubstituted) {
      await this.#report("declare_chair", { as_planned: true });
      return;
    }
    const name = value(this.#chair, "name");
    const title = value(this.#chair, "title");
    if (!name && !title) {
      setText(byId("chair-error"), t("Ghi họ tên hoặc chức danh người chủ trì thay."));
      byId("chair-name").focus();
      return;
    }
    await this.#report("declare_chair", { as_planned: false, substitute: { name, title } });
  }

  get #isSubstituted() {
    return new FormData(this.#chair).get("chair") === "substitute";
  }

  #draw() {
    byId("chair-substitute").hidden = !this.#isSubstituted;
    setText(byId("chair-send"), this.#isSubstituted ? t("Báo người chủ trì thay") : t("Báo đúng như kế hoạch"));
    if (!this.#isSubstituted) setText(byId("chair-error"), "");
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function value(form, name) {
  return String(new FormData(form).get(name) ?? "").trim();
}
