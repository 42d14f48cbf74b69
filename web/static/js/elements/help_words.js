// What calls for help and missing steps are called.

import { t } from "../lib/i18n.js";

/** @param {string} topic */
export function topicWords(topic) {
  if (topic === "sound") return t("Mất tiếng");
  if (topic === "picture") return t("Mất hình");
  if (topic === "call_back") return t("Cần gọi lại");
  return t("Việc khác");
}

/** @param {string} state @param {string} owner */
export function ticketWords(state, owner) {
  if (state === "open") return t("Chờ người nhận");
  if (state === "taken") return t("{owner} đang xử lý", { owner });
  if (owner === "kết thúc tổng duyệt") return t("Đóng khi kết thúc tổng duyệt");
  return owner ? t("{owner} đã xử lý xong", { owner }) : t("Đã xong");
}

/** @param {string} step */
export function stepWords(step) {
  if (step === "unopened") return t("Chưa mở liên kết");
  if (step === "unchecked") return t("Chưa điểm danh");
  return t("Chưa báo số đại biểu");
}
