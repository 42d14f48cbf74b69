/**
 * A lost holder in words: what the two may vouch for, and what already rests on their word. No DOM.
 *
 * @typedef {import("./launch.js").Confirmed} Confirmed
 * @typedef {{attempt: number, live: boolean, warrant_hash: string, lost: boolean, ends: number, words: Confirmed[],
 *   refused_detail: string, contradicted: number}} DoubtRow
 * @typedef {{attempt: number, live: boolean, at: number, words: Confirmed[], contradicted: number}} VouchedRow
 */

import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/** What both say; dialog and button repeat it word for word. */
export function statement() {
  return t("Đã tắt máy giữ quyền và máy đó chưa phát lệnh");
}

/** @param {boolean} live */
export function kindWords(live) {
  return live ? t("chính thức") : t("tổng duyệt");
}

/** What has happened. @param {DoubtRow} doubt */
export function situation(doubt) {
  const of = { attempt: doubt.attempt, kind: kindWords(doubt.live) };
  return doubt.lost
    ? t("Lần {attempt} ({kind}): máy giữ quyền kích hoạt không còn dữ liệu của lượt này. Mọi lần nhấn nút đều không được nhận, và máy không trả lại được quyền.", of)
    : t("Lần {attempt} ({kind}): đã hết thời hạn kích hoạt mà máy giữ quyền không trả lại quyền. Chưa thể mở lượt mới.", of);
}

/**
 * Whether this role's side of the two may still give its word.
 * @param {DoubtRow|null|undefined} doubt
 * @param {string} role
 */
export function mayVouch(doubt, role) {
  if (!doubt || !["caller", "tech", "admin"].includes(role)) return false;
  return !wordOf(doubt, role === "caller");
}

/**
 * The word of the caller's side, or of the technical one.
 * @param {DoubtRow|VouchedRow} row
 * @param {boolean} caller
 */
export function wordOf(row, caller) {
  return row.words.find((word) => (word.role === "caller") === caller);
}

/** On what an attempt's uniqueness rests. @param {VouchedRow} vouched */
export function vouchedWords(vouched) {
  const seats = vouched.words.map((word) => word.seat).join(t(" và "));
  return t("Lần {attempt} ({kind}) kết thúc lúc {time} theo lời {seats}. Việc chỉ có một thời điểm phát động dựa vào lời hai người này, không dựa vào chữ ký của máy giữ quyền.", {
    attempt: vouched.attempt,
    kind: kindWords(vouched.live),
    time: clock(vouched.at),
    seats,
  });
}

/** What speaks against the word, empty when nothing does. @param {DoubtRow|VouchedRow} row */
export function againstWords(row) {
  if (row.contradicted === 0) return "";
  return t("Trái với lời này: {count} nơi báo đã có lệnh phát động của lần {attempt}.", { count: row.contradicted, attempt: row.attempt });
}
