// Editing what every site checks before the day, and the conference room they join. For tech and admin, whose business the checks are.

import { Problem, command } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { uuid7 } from "../lib/ids.js";
import { byId, make, setText } from "../lib/page.js";
import { ChecklistDraft, MEASURES } from "../models/checklist_draft.js";
import { ConferenceForm } from "./conference_form.js";

/** @typedef {import("../models/checklist_draft.js").DraftItem} DraftItem */

/** @returns {Record<string, string>} */
const measureNames = () => ({
  tick: t("Đầu mối tự đánh dấu"),
  link: t("Trung tâm đo đường truyền"),
  sound: t("Thử loa bằng mã đọc"),
  screen: t("Trang tự xem màn hình"),
  battery: t("Pin hoặc nguồn của máy"),
  generator: t("Máy phát điện (để biết)"),
});

export class ChecklistEditor {
  #dialog = /** @type {HTMLDialogElement} */ (byId("checklist-editor"));
  #save = /** @type {HTMLButtonElement} */ (byId("checklist-save"));
  #add = /** @type {HTMLButtonElement} */ (byId("checklist-add"));
  #draft = new ChecklistDraft([]);
  #conference;

  /** @param {import("../lib/feed.js").FeedClient} feed */
  constructor(feed) {
    this.#conference = new ConferenceForm(feed);
    byId("checklist-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#conference.close());
    this.#add.addEventListener("click", () => {
      this.#draft.add(`muc-${uuid7().slice(-12)}`);
      this.#draw();
      /** @type {HTMLInputElement | null} */ (byId("checklist-rows").querySelector("li:last-child input"))?.focus();
    });
    byId("checklist-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#give();
    });
  }

  /** @param {DraftItem[]} items in force @param {import("../models/grades.js").SiteRow[]} sites */
  open(items, sites) {
    this.#draft = new ChecklistDraft(items);
    setText(byId("checklist-error"), "");
    setText(byId("checklist-said"), "");
    this.#draw();
    this.#conference.open(sites);
    this.#dialog.showModal();
  }

  #draw() {
    byId("checklist-rows").replaceChildren(...this.#draft.items.map((item, index) => this.#row(item, index)));
    this.#judge();
  }

  /** What may be saved now; the rows stay as they are under the fingers. */
  #judge() {
    const problems = this.#draft.problems();
    const [first] = problems;
    this.#save.disabled = problems.size > 0 || !this.#draft.changed;
    this.#add.disabled = this.#draft.full;
    const words = !first ? "" : first[1] === "no_name" ? t("Mục {place} chưa có tên.", { place: String(first[0] + 1) }) : t("Mục {place}: cách đo này đã dùng cho mục khác.", { place: String(first[0] + 1) });
    setText(byId("checklist-error"), words);
  }

  /** @param {DraftItem} item @param {number} index */
  #row(item, index) {
    const place = String(index + 1);
    const name = make("input", { class: "input", attributes: { maxlength: "160", value: item.name, placeholder: t("Tên mục, ví dụ: Đã treo phông"), "aria-label": t("Tên mục {place}", { place }) } });
    name.addEventListener("input", () => this.#change(() => this.#draft.set(index, "name", name.value)));
    const measure = make("select", { class: "input", attributes: { "aria-label": t("Cách kiểm tra mục {place}", { place }) } });
    for (const each of MEASURES) measure.append(make("option", { text: measureNames()[each], attributes: { value: each } }));
    measure.value = item.measure ?? "tick";
    measure.addEventListener("change", () => this.#change(() => this.#draft.set(index, "measure", measure.value)));
    const help = make("input", { class: "input", attributes: { maxlength: "160", value: item.help ?? "", placeholder: t("Hướng dẫn, một câu"), "aria-label": t("Hướng dẫn mục {place}", { place }) } });
    help.addEventListener("input", () => this.#change(() => this.#draft.set(index, "help", help.value)));
    const only = make("input", { attributes: { type: "checkbox" } });
    only.checked = this.#draft.isOnlyConference(index);
    only.addEventListener("change", () => this.#change(() => this.#draft.onlyConference(index, only.checked)));
    const raise = this.#button(t("Lên"), t("Đưa mục {place} lên", { place }), () => this.#draft.raise(index));
    raise.disabled = index === 0;
    return make("li", { class: "checklist-row" }, [
      name,
      measure,
      help,
      make("label", { class: "checklist-only small" }, [only, make("span", { text: t("Chỉ nơi họp trực tuyến") })]),
      make("span", { class: "button-row" }, [raise, this.#button(t("Bỏ"), t("Bỏ mục {place}", { place }), () => this.#draft.remove(index))]),
    ]);
  }

  /** @param {string} text @param {string} label @param {() => void} act */
  #button(text, label, act) {
    const button = make("button", { class: "button is-small is-plain", text, attributes: { type: "button", "aria-label": label } });
    button.addEventListener("click", () => {
      act();
      setText(byId("checklist-said"), "");
      this.#draw();
    });
    return button;
  }

  /** @param {() => void} act */
  #change(act) {
    act();
    setText(byId("checklist-said"), "");
    this.#judge();
  }

  async #give() {
    if (this.#save.disabled) return;
    this.#save.disabled = true;
    try {
      await command({ kind: "set_checklist", items: this.#draft.toSend() });
      this.#draft = new ChecklistDraft(this.#draft.toSend());
      this.#draw();
      setText(byId("checklist-said"), t("Đã lưu; các điểm cầu thấy ngay."));
    } catch (error) {
      this.#judge();
      setText(byId("checklist-error"), error instanceof Problem ? `${error.message} (${error.code})` : String(error));
    }
  }
}
