// /call: the holder of a warrant does not answer. What happened, what to check, who has given their word, and the word.

import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make } from "../lib/page.js";
import { said } from "../lib/said.js";
import { againstWords, mayVouch, situation, statement, vouchedWords, wordOf } from "../models/doubt.js";

/**
 * @typedef {import("../models/doubt.js").DoubtRow} DoubtRow
 * @typedef {import("../models/launch.js").Cue} Cue
 */

/**
 * @param {Cue} cue
 * @param {string} role
 * @param {(doubt: DoubtRow) => void} vouch
 */
export function drawDoubt(cue, role, vouch) {
  const area = byId("doubt");
  const key = JSON.stringify([cue.doubt, cue.vouched, role]);
  if (area.dataset.key === key) return; // a button under the finger must not be replaced by the ticking clock
  area.dataset.key = key;
  area.hidden = !cue.doubt && !cue.vouched?.length;
  area.replaceChildren(...(cue.doubt ? [doubtCard(cue.doubt, role, vouch)] : []), ...(cue.vouched ?? []).map(vouchedNote));
}

/**
 * @param {DoubtRow} doubt
 * @param {string} role
 * @param {(doubt: DoubtRow) => void} vouch
 */
function doubtCard(doubt, role, vouch) {
  /** @type {HTMLElement[]} */
  const parts = [
    make("h3", { class: "doubt-head", text: t("Máy giữ quyền không trả lời") }),
    make("p", { text: situation(doubt) }),
    make("p", { class: "small", text: t("Nếu tìm lại được thư mục của máy đó: đặt lại chỗ cũ rồi khởi động lại máy chủ, không cần xác nhận. Nếu không, hai người kiểm tra rồi cùng xác nhận:") }),
    make("ol", { class: "doubt-checks" }, [
      make("li", { text: t("máy (hoặc thư mục) giữ quyền cũ đã tắt hẳn, không ai bật lại trong buổi lễ;") }),
      make("li", { text: t("chưa màn hình nào phát động: nhìn hội trường, gọi hỏi hai điểm cầu.") }),
    ]),
    make("ul", { class: "required" }, [side(doubt, true), side(doubt, false)]),
  ];
  for (const words of [againstWords(doubt), said(doubt.refused_detail)]) {
    if (words) parts.push(make("p", { class: "doubt-against", text: words, attributes: { role: "alert" } }));
  }
  if (mayVouch(doubt, role)) {
    const button = make("button", { class: "button is-danger", text: statement(), attributes: { type: "button", id: "vouch" } });
    button.addEventListener("click", () => vouch(doubt));
    parts.push(button);
  }
  return make("section", { class: "doubt-card stack-8", attributes: { "aria-label": t("Máy giữ quyền không trả lời") } }, parts);
}

/**
 * @param {DoubtRow} doubt
 * @param {boolean} caller
 */
function side(doubt, caller) {
  const word = wordOf(doubt, caller);
  return make("li", { class: word ? "is-good" : "" }, [
    make("strong", { text: caller ? t("Tổng đạo diễn") : t("Kỹ thuật") }),
    make("span", { class: "state", text: word ? t("✓ {seat}, {time}", { seat: word.seat, time: time(word.at) }) : t("chưa xác nhận") }),
  ]);
}

/** @param {import("../models/doubt.js").VouchedRow} vouched */
function vouchedNote(vouched) {
  const against = againstWords(vouched);
  return make("div", { class: "doubt-note small" }, [
    make("p", { text: vouchedWords(vouched) }),
    ...(against ? [make("p", { class: "doubt-against", text: against })] : []),
  ]);
}
