// One line for each thing that is wrong with what the page shows: link ended, centre not heard, centre suspects itself,
// journal cannot be written. Calm when there is nothing to say.

import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { said } from "../lib/said.js";

/**
 * @typedef {{suspect?: boolean, suspect_detail?: string, journal_problem?: string}} Info
 * @typedef {{kind: "warn" | "bad" | "good", text: string, code: string, act?: {text: string, run: () => void}}} Line
 *   `act`: what can be done about it here, in place of the code
 */

/**
 * @param {import("../lib/feed.js").FeedStatus} status
 * @param {Info | undefined} info
 * @returns {Line[]}
 */
export function bannerLines(status, info) {
  /** @type {Line[]} */
  const lines = [];
  const age = status.age === null ? 0 : Math.floor(status.age / 1000);
  if (status.connection === "ended") {
    lines.push({ kind: "bad", code: "link_ended", text: t("Liên kết này không còn hiệu lực. Xin liên kết mới từ quản trị, rồi mở lại.") });
  } else if (status.stale) {
    lines.push({ kind: "bad", code: "data_stale", text: t("Dữ liệu đã cũ {age} giây: không nghe được trung tâm. Máy đang tự nối lại.", { age }) });
  } else if (status.connection === "lost") {
    lines.push({ kind: "warn", code: "connecting", text: t("Mất kết nối với trung tâm. Máy đang tự nối lại.") });
  }
  if (info?.suspect) {
    const text = said(info.suspect_detail ?? "") || t("Nhiều điểm cầu cùng mất liên lạc trong 30 giây: có thể lỗi ở trung tâm. Trạng thái điểm cầu tạm giữ nguyên.");
    lines.push({ kind: "warn", code: "suspect", text });
  }
  if (info?.journal_problem) lines.push({ kind: "bad", code: "journal_unwritable", text: said(info.journal_problem) });
  return lines;
}

/**
 * @param {HTMLElement} area
 * @param {Line[]} lines
 */
export function drawBanners(area, lines) {
  // Seconds tick in the words: the element stays, so that a screen reader does not hear each of them.
  lines.forEach((line, index) => {
    const old = /** @type {HTMLElement | undefined} */ (area.children[index]);
    if (old?.dataset.code === line.code) {
      const words = /** @type {HTMLElement} */ (old.firstElementChild);
      if (words.textContent !== line.text) words.textContent = line.text;
      return;
    }
    const words = make("span", { class: "grow", text: line.text, attributes: line.code === "data_stale" ? { "aria-live": "off" } : {} });
    const made = make("p", { class: `banner is-${line.kind}` }, [words, line.act ? acting(line.act) : make("span", { class: "code", text: line.code })]);
    made.dataset.code = line.code;
    if (old) old.replaceWith(made);
    else area.append(made);
  });
  while (area.children.length > lines.length) area.lastElementChild?.remove();
}

/** @param {{text: string, run: () => void}} act */
function acting({ text, run }) {
  const button = make("button", { class: "button is-small", text, attributes: { type: "button" } });
  button.addEventListener("click", run);
  return button;
}
