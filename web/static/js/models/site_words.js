/**
 * What a site's page says of its link and of what it saved; no DOM.
 *
 * @typedef {import("../lib/outbox.js").Entry} Entry
 * @typedef {import("../lib/device.js").Status} DeviceStatus
 * @typedef {import("./site_form.js").SiteRow} SiteRow
 */

import { t } from "../lib/i18n.js";
import { said } from "../lib/said.js";
import { gradeName, isConnected } from "./grades.js";

/** What a page reports by itself: nobody typed it, so nobody asks whether it arrived. */
const SILENT = new Set(["read_messages", "read_notice", "open_paper"]);

/**
 * Where the link stands, as the chip shows it: the grade the centre gives while it hears us, else what this device knows.
 * @param {DeviceStatus} status
 * @param {SiteRow | null} site
 * @returns {{grade: import("./grades.js").Grade, words: string}}
 */
export function linkWords(status, site) {
  if (status.link === "open") {
    const grade = /** @type {import("./grades.js").Grade} */ (site?.grade ?? "up");
    return isConnected(grade) ? { grade, words: gradeName(grade) } : { grade: "up", words: t("Đã kết nối") };
  }
  if (status.link === "starting") return { grade: "never_seen", words: t("Đang mở") };
  if (status.link === "connecting" && !status.wasOpen) return { grade: "stale", words: t("Đang kết nối") };
  if (status.link === "connecting") return { grade: "down", words: t("Mất kết nối") };
  return { grade: "down", words: t("Đã dừng") };
}

/**
 * The line that is always there: saved here, sent, accepted, or refused with the centre's words.
 * @param {Entry[]} all the outbox, oldest first
 * @param {boolean} open whether there is a session
 * @param {boolean} survives whether what is saved is there after a reload
 * @param {boolean} typing numbers were typed and not yet reported
 * @returns {{state: "" | Entry["state"], words: string}}
 */
export function savedWords(all, open, survives, typing) {
  const entries = all.filter((entry) => !SILENT.has(entry.kind));
  const last = entries.at(-1);
  if (!last) return { state: "", words: typing ? t("✓ Số đang nhập đã lưu trên máy, chưa báo") : t("Nhập đến đâu, máy lưu đến đó.") };
  const what = kindName(last.kind);
  if (last.state === "refused") return { state: last.state, words: t("Trung tâm chưa nhận {what}: {detail} (mã {code})", { what, detail: said(last.detail), code: last.code }) };
  const waiting = entries.filter((entry) => entry.state === "saved" || entry.state === "sent").length;
  if (waiting === 0 && typing) return { state: "", words: t("✓ Số đang nhập đã lưu trên máy, chưa báo") };
  if (waiting === 0) return { state: last.state, words: t("✓ Trung tâm đã nhận {what}", { what }) };
  const more = waiting > 1 ? ` ${t("({count} mục)", { count: waiting })}` : "";
  if (open) return { state: "sent", words: t("Đã lưu trên máy, đang gửi {what}", { what }) + more };
  if (!survives) return { state: "saved", words: t("Chưa gửi được {what}. Đừng đóng trang này.", { what }) + more };
  return { state: "saved", words: t("✓ Đã lưu trên máy, sẽ gửi ngay khi có mạng") + more };
}

/**
 * Why the page stopped, with the one thing to do; null while it goes on.
 * @param {DeviceStatus} status
 * @returns {{title: string, words: string, act: string, code: string} | null}
 */
export function stoppedWords(status) {
  switch (status.link) {
    case "fenced":
      return {
        title: t("Trang này đang mở ở thẻ khác"),
        words: t("Máy chỉ kết nối từ một thẻ. Những gì đã nhập vẫn còn."),
        act: t("Dùng tiếp trên thẻ này"),
        code: "fenced",
      };
    case "revoked":
      return {
        title: t("Liên kết này đã được thay"),
        words: t("Trung tâm đã thu hồi liên kết này, thường là vì đổi người phụ trách. Số trung tâm đã nhận vẫn còn nguyên. Nếu anh/chị vẫn phụ trách, gọi bàn trực để lấy mã mới."),
        act: "",
        code: "link_revoked",
      };
    case "expired":
      return {
        title: t("Phiên mở trang đã hết hạn"),
        words: t("Quét lại mã QR trên phiếu, hoặc mở lại liên kết, trên chính máy này. Những gì đã nhập vẫn còn và sẽ tự gửi."),
        act: "",
        code: "session_over",
      };
    case "refused":
      return { title: t("Trung tâm chưa nhận máy này"), words: status.detail, act: t("Thử lại"), code: "enrol_refused" };
    case "keys_changed":
      return {
        title: t("Máy này đã dùng cho một buổi lễ khác"),
        words: t("Khóa của buổi lễ khác với khóa máy đã ghi nhớ. Nếu đội kỹ thuật xác nhận là đúng, xóa dữ liệu cũ rồi kết nối lại."),
        act: t("Xóa dữ liệu cũ và kết nối lại"),
        code: "keys_changed",
      };
    default:
      return null;
  }
}

/** @param {string} kind */
function kindName(kind) {
  if (kind === "check_in") return t("điểm danh");
  if (kind === "declare_chair") return t("thông tin chủ trì");
  if (kind === "choose_head_count") return t("lựa chọn số đại biểu");
  if (kind === "report_readiness") return t("kiểm tra sẵn sàng");
  if (kind === "ask_for_help" || kind === "withdraw_help") return t("lời gọi hỗ trợ");
  if (kind === "send_message") return t("tin nhắn");
  if (kind === "sign_pledge") return t("cam kết");
  return t("số đại biểu");
}
