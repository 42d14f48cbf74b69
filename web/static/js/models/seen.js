/**
 * What the page of a poster says at each answer of the centre; no DOM.
 *
 * @typedef {{state: string, ceremony: string, site: string, name: string, other?: string}} SeenAnswer
 * @typedef {{title: string, words: string, act: string, other: string}} SeenWords `act`: what the main button does, "" for none
 */

import { t } from "../lib/i18n.js";

/**
 * @param {SeenAnswer} answer
 * @returns {SeenWords}
 */
export function seenWords(answer) {
  switch (answer.state) {
    case "ready":
      return { title: t("Anh/chị đang dự tại đây?"), words: t("Bấm một lần là xong."), act: t("Tôi có mặt"), other: "" };
    case "counted":
      return { title: t("✓ Đã ghi nhận"), words: t("Cảm ơn anh/chị. Không cần bấm lại, có thể đóng trang này."), act: "", other: "" };
    case "already":
      return { title: t("✓ Máy này đã được tính"), words: t("Mỗi máy tính một lần. Có thể đóng trang này."), act: "", other: "" };
    default:
      return {
        title: t("Máy này đã điểm danh tại {other}", { other: answer.other ?? "" }),
        words: t("Mỗi người chỉ tính tại một điểm cầu. Nếu anh/chị đã chuyển đến {name}, bấm để chuyển.", { name: answer.name }),
        act: t("Chuyển đến {name}", { name: answer.name }),
        other: t("Giữ nguyên"),
      };
  }
}

/** 128 random bits as base64url: the browser's own, not a person's. @param {(bytes: Uint8Array<ArrayBuffer>) => unknown} fill */
export function newBrowserId(fill) {
  const bytes = new Uint8Array(16);
  fill(bytes);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
