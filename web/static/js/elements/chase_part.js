// The chase: groups of sites that lack something, the latest first; call, note, leave in peace, assign. It shrinks by itself.

import { command } from "../lib/api.js";
import { telephone, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { byGroup, chosenTargets, counts, targets } from "../models/chase.js";
import { stepWords } from "./help_words.js";

/**
 * @typedef {import("../models/chase.js").Target} Target
 * @typedef {import("../models/chase.js").Step} Step
 */

const MINUTE = 60_000_000;
const SNOOZES = [5, 10, 20];
/** Rows drawn of a group before it is opened wider. */
const SHOWN = 12;

export class ChasePart {
  /**
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {string} me name of this link
   * @param {(code: string) => void} open
   */
  constructor(ask, me, open) {
    this._ask = ask;
    this._me = me;
    this._open = open;
    /** @type {Target[]} */
    this._all = [];
    /** @type {Step | ""} */
    this._step = "";
    this._group = "";
    /** @type {string | null} */
    this._owner = null;
    /** @type {Set<string>} */
    this._wide = new Set();
    this._key = "";
    byId("chase-owner").addEventListener("change", () => this._filter());
    byId("chase-group").addEventListener("change", () => this._filter());
    byId("chase-snoozed").addEventListener("toggle", () => this._redraw());
  }

  /**
   * @param {Map<string, any>} sites
   * @param {Map<string, any>} help
   * @param {{close_at: number}} info
   * @param {number} now µs
   */
  draw(sites, help, info, now) {
    this._all = targets(sites.values(), help, info.close_at, now);
    const minute = Math.floor(now / MINUTE);
    const key = `${minute} ${this._all.map((each) => `${each.code}${each.step}${each.owner}${each.snoozed}${each.notes[0]?.at}`).join()}`;
    if (key === this._key) return;
    this._key = key;
    this._redraw();
  }

  _filter() {
    const owner = /** @type {HTMLSelectElement} */ (byId("chase-owner")).value;
    this._owner = owner === "*" ? null : owner === "=" ? this._me : "";
    this._group = /** @type {HTMLSelectElement} */ (byId("chase-group")).value;
    this._redraw();
  }

  _redraw() {
    const count = counts(this._all);
    this._chips(count);
    this._groupChoice();
    const wanted = chosenTargets(this._all, { step: this._step, owner: this._owner, group: this._group });
    const now = wanted.filter((each) => each.snoozed === null);
    byId("chase-list").replaceChildren(...byGroup(now).map((group) => this._groupOf(group)));
    byId("chase-empty").hidden = now.length > 0;
    setText(byId("chase-empty-words"), count.all === 0 ? t("Mọi điểm cầu đã báo số đại biểu.") : t("Không còn điểm cầu nào trong mục đang chọn."));
    const resting = wanted.filter((each) => each.snoozed !== null);
    const details = /** @type {HTMLDetailsElement} */ (byId("chase-snoozed"));
    details.hidden = resting.length === 0;
    setText(byId("chase-snoozed-words"), tn("{count} điểm cầu hẹn nhắc lại sau", resting.length));
    byId("chase-resting").replaceChildren(...(details.open ? resting.map((each) => this._row(each)) : []));
  }

  /** @param {ReturnType<typeof counts>} count */
  _chips(count) {
    /** @type {Array<[Step | "", string, number]>} */
    const chips = [["", t("Tất cả"), count.all], ["unopened", stepWords("unopened"), count.unopened], ["unchecked", stepWords("unchecked"), count.unchecked], ["unreported", stepWords("unreported"), count.unreported]];
    const area = byId("chase-chips");
    const key = chips.map(([, words, many]) => `${words}${many}`).join() + this._step;
    if (area.dataset.key === key) return;
    area.dataset.key = key;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.step;
    area.replaceChildren(
      ...chips.map(([step, words, many]) => {
        const chip = make("button", { class: "chip", attributes: { type: "button", "aria-pressed": String(step === this._step), "data-step": step } }, [words, " ", make("strong", { class: "number", text: String(many) })]);
        chip.addEventListener("click", () => {
          this._step = step;
          this._redraw();
        });
        return chip;
      }),
    );
    if (focused !== undefined) /** @type {HTMLElement | null} */ (area.querySelector(`[data-step="${focused}"]`))?.focus();
  }

  _groupChoice() {
    const select = /** @type {HTMLSelectElement} */ (byId("chase-group"));
    const names = [...new Set(this._all.map((each) => each.site.group))].sort((one, other) => one.localeCompare(other, "vi"));
    const key = names.join("\n");
    if (select.dataset.key === key) return;
    select.dataset.key = key;
    select.replaceChildren(make("option", { text: t("Mọi cụm"), attributes: { value: "" } }), ...names.map((name) => make("option", { text: name, attributes: { value: name } })));
    select.value = names.includes(this._group) ? this._group : "";
    this._group = select.value;
  }

  /** @param {import("../models/chase.js").Group} group */
  _groupOf(group) {
    const wide = this._wide.has(group.name);
    const shown = wide ? group.targets : group.targets.slice(0, SHOWN);
    const assign = make("button", { class: "button is-small is-plain", text: t("Giao cả cụm"), attributes: { type: "button" } });
    assign.addEventListener("click", () => this._askAssign(group.targets.map((each) => each.code), group.name));
    const made = make("section", { class: "chase-group", attributes: { "aria-label": group.name } }, [
      make("header", { class: "row is-spread" }, [
        make("h3", {}, [group.name, make("span", { class: "quiet small number", text: ` ${group.targets.length}` }), group.late > 0 ? make("span", { class: "chase-late small", text: tn("{count} quá hạn", group.late) }) : ""]),
        assign,
      ]),
      make("ul", {}, shown.map((each) => this._row(each))),
    ]);
    if (group.targets.length > shown.length) {
      const more = make("button", { class: "button is-small is-plain is-wide", text: tn("Xem thêm {count} điểm cầu", group.targets.length - shown.length), attributes: { type: "button" } });
      more.addEventListener("click", () => {
        this._wide.add(group.name);
        this._redraw();
      });
      made.append(more);
    }
    return made;
  }

  /** @param {Target} target */
  _row(target) {
    const { site } = target;
    const name = make("button", { class: "chase-name", text: site.name, attributes: { type: "button" } });
    name.addEventListener("click", () => this._open(site.code));
    const note = target.notes[0];
    const words = make("div", { class: "chase-who" }, [
      make("p", {}, [name, make("span", { class: "quiet small", text: ` ${site.code}` })]),
      make("p", { class: "small" }, [make("span", { class: "chase-step", text: stepWords(target.step), attributes: { "data-late": String(target.late > 0) } }), make("span", { class: "quiet", text: dueWords(target) })]),
      note ? make("p", { class: "small quiet ellipsis", text: `${time(note.at)} ${note.seat}: ${note.text}` }) : "",
    ]);
    const held = target.owner || t("Chưa giao");
    const asked = t("Giao {name}", { name: site.name });
    // The label begins with what is to be read on the button: who speaks to the machine says that (WCAG 2.5.3).
    const owner = make("button", { class: "button is-small is-plain chase-owner", text: held, attributes: { type: "button", "aria-label": `${held}. ${asked}` } });
    owner.addEventListener("click", () => this._askAssign([site.code], site.name));
    const call = site.contact_phone
      ? make("a", { class: "button is-small", text: t("Gọi {phone}", { phone: site.contact_phone }), attributes: { href: telephone(site.contact_phone) } })
      : make("span", { class: "small quiet", text: t("Chưa có số điện thoại") });
    const noting = make("button", { class: "button is-small is-plain", text: t("Ghi chú"), attributes: { type: "button" } });
    noting.addEventListener("click", () => this._askNote(target));
    const rest = make("button", { class: "button is-small is-plain", text: target.snoozed !== null ? t("Nhắc lại ngay") : t("Để sau"), attributes: { type: "button" } });
    rest.addEventListener("click", () => (target.snoozed !== null ? void command({ kind: "snooze_chase", site: site.code, until: null }) : this._askSnooze(target)));
    return make("li", { class: "chase-row" }, [words, make("div", { class: "chase-acts" }, [owner, call, noting, rest])]);
  }

  /** @param {string[]} sites @param {string} name */
  _askAssign(sites, name) {
    const owners = [...new Set([this._me, ...this._all.map((each) => each.owner)])].filter(Boolean);
    this._ask.open({
      title: t("Giao {name} cho ai?", { name }),
      words: tn("{count} điểm cầu được giao.", sites.length),
      yes: t("Giao việc"),
      fields: [{ name: "owner", label: t("Người phụ trách gọi (để trống: không giao ai)"), value: this._me, hint: owners.join(", ") }],
      work: ({ owner }) => command({ kind: "assign_chase", sites, owner: owner ?? "" }),
    });
  }

  /** @param {Target} target */
  _askNote(target) {
    this._ask.open({
      title: t("Ghi chú về {name}", { name: target.site.name }),
      words: target.notes.map((note) => `${time(note.at)} ${note.seat}: ${note.text}`).join("\n"),
      yes: t("Ghi lại"),
      fields: [{ name: "text", label: t("Kết quả cuộc gọi"), required: true }],
      work: ({ text }) => command({ kind: "note_chase", site: target.code, text }),
    });
  }

  /** @param {Target} target */
  _askSnooze(target) {
    this._ask.open({
      title: t("Nhắc lại {name} sau bao lâu?", { name: target.site.name }),
      words: t("Điểm cầu rời danh sách đến giờ đó, và tự hết khi đã báo."),
      yes: t("Để sau"),
      fields: [{ name: "minutes", label: t("Nhắc lại sau"), choices: SNOOZES.map((many) => [String(many), t("{many} phút", { many })]) }],
      work: ({ minutes }) => command({ kind: "snooze_chase", site: target.code, until: Math.round(target.due + target.late + Number(minutes) * MINUTE) }),
    });
  }
}

/** @param {Target} target */
function dueWords(target) {
  if (target.snoozed !== null) return t(" · nhắc lại lúc {time}", { time: time(target.snoozed) });
  const minutes = Math.floor(Math.abs(target.late) / MINUTE);
  if (target.late > 0) return t(" · quá hạn {minutes} phút", { minutes });
  return t(" · còn {minutes} phút", { minutes });
}
