// When nothing is left to ask: now and next, and what this point has said, each with its way back.

import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { nowAndNext, project } from "../models/programme.js";

const LONG = 90;
const AHEAD = 3;

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {import("../models/site_form.js").SiteRow} SiteRow
 * @typedef {import("../models/site_form.js").Step} Step
 */

export class SiteRest {
  #open;
  #drawn = { next: "", summary: "" };

  /** @param {(step: Step) => void} open */
  constructor(open) {
    this.#open = open;
  }

  /**
   * @param {Item[]} items
   * @param {number} now
   */
  showProgramme(items, now) {
    const { current, next, nextAt, planned } = nowAndNext(items, now);
    const shown = current ?? next;
    setText(byId("rest-kicker"), kicker(current, nextAt));
    setText(byId("rest-title"), shown?.title ?? t("Chương trình đã kết thúc"));
    byId("rest-title").classList.toggle("is-long", (shown?.title.length ?? 0) > LONG);
    setText(byId("rest-owner"), shown?.owner ?? "");
    const { slots } = project(items, now);
    const coming = shown ? items.filter((item) => item.index > shown.index && !item.skipped) : [];
    const after = coming.slice(0, AHEAD).map((item) => ({ title: item.title, at: time(planned ? item.starts_at : (slots.get(item.id)?.start ?? item.starts_at)) }));
    this.#once("next", JSON.stringify(after), () => byId("rest-next").replaceChildren(...after.map(itemLine)));
    setText(byId("foot-head"), current ? t("Đang diễn ra") : nextAt !== null ? t("Tiếp theo · {time}", { time: time(nextAt) }) : "");
    setText(byId("foot-title"), (current ?? next)?.title ?? "");
    setText(byId("foot-next"), current && next && nextAt !== null ? t("Tiếp theo, {time}: {title}", { time: time(nextAt), title: next.title }) : "");
  }

  /**
   * @param {SiteRow | null} site
   * @param {number | null} count what was reported, here or at the centre
   * @param {string} screen words about the hall's screen
   */
  showSummary(site, count, screen) {
    const chair = site?.chair_as_planned === false ? t("Có mặt, chủ trì thay: {name}", { name: site.chair_name ?? "" }) : t("Có mặt, chủ trì theo kế hoạch");
    /** @type {[string, string, Step][]} */
    const lines = [
      [t("Điểm danh"), site?.checked_in_at ? chair : t("Có mặt"), "present"],
      [t("Đại biểu"), count === null ? t("Chưa báo") : number(count), "count"],
      [t("Màn hình"), screen, "screen"],
    ];
    this.#once("summary", JSON.stringify(lines), () => byId("rest-summary").replaceChildren(...lines.map((line) => this.#line(...line))));
  }

  /** Made anew only where the words differ, so that a button keeps its focus. @param {"next" | "summary"} part @param {string} words @param {() => void} make */
  #once(part, words, make) {
    if (this.#drawn[part] === words) return;
    this.#drawn[part] = words;
    make();
  }

  /** @param {string} head @param {string} words @param {Step} step */
  #line(head, words, step) {
    const button = make("button", { class: "button is-small", text: step === "screen" ? t("Mở") : t("Sửa"), attributes: { type: "button" } });
    button.setAttribute("aria-label", `${button.textContent}: ${head}`);
    button.addEventListener("click", () => this.#open(step));
    return make("div", {}, [make("dt", { text: head }), make("dd", { text: words }), button]);
  }
}

/** @param {Item | null} current @param {number | null} nextAt */
function kicker(current, nextAt) {
  if (current) return t("Đang diễn ra");
  return nextAt !== null ? t("Bắt đầu lúc {time}", { time: time(nextAt) }) : "";
}

/** @param {{title: string, at: string}} item */
function itemLine(item) {
  return make("li", {}, [make("time", { text: item.at }), make("span", { text: item.title })]);
}
