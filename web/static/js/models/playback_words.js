/**
 * What a player says of itself, in words: there is never a black picture without them. No DOM.
 *
 * @typedef {import("../lib/player.js").PlayerStatus} PlayerStatus
 * @typedef {{title: string, more: string, act: string, cover: boolean}} Card `act`: what the one button says, or ""; `cover`: no
 *   picture stands behind it
 */

import { t } from "../lib/i18n.js";

/**
 * The card over the picture; null while it plays.
 * @param {PlayerStatus} status
 * @returns {Card | null}
 */
export function cardOf(status) {
  const words = wordsOf(status.state);
  return words && { ...words, cover: !status.picture };
}

/** @param {PlayerStatus["state"]} state @returns {{title: string, more: string, act: string} | null} */
function wordsOf(state) {
  switch (state) {
    case "playing":
      return null;
    case "loading":
      return { title: t("Đang mở chương trình"), more: "", act: "" };
    case "not_begun":
      return { title: t("Chương trình chưa phát"), more: t("Hình tự hiện khi hội trường lên sóng."), act: "" };
    case "stalled":
      return { title: t("Đang chờ hình"), more: t("Đường truyền chậm, trang tự phát tiếp."), act: "" };
    case "offline":
      return { title: t("Mất kết nối mạng"), more: t("Trang tự phát tiếp khi có mạng."), act: "" };
    case "away":
      return { title: t("Tín hiệu tạm thời gián đoạn, mong quý vị thông cảm"), more: t("Trang tự phát tiếp khi có tín hiệu."), act: "" };
    case "blocked":
      return { title: t("Chương trình đang phát"), more: t("Trình duyệt đợi một lần bấm để bắt đầu."), act: t("Xem chương trình") };
    case "paused":
      return { title: t("Đã tạm dừng"), more: "", act: t("Xem tiếp") };
    case "ended":
      return { title: t("Chương trình đã kết thúc"), more: t("Cảm ơn quý vị đã theo dõi"), act: "" };
    case "unsupported":
      return { title: t("Trình duyệt này không phát được chương trình"), more: t("Mở trang bằng Chrome, Edge, Safari hoặc Firefox bản mới."), act: "" };
  }
}

/**
 * How far behind the hall, after “Trực tiếp” or “Xem lại”.
 * @param {PlayerStatus} status
 */
export function delayWords({ latency, back }) {
  if (latency === null) return "";
  if (back) return t(", chậm {long}", { long: longWords(latency / 1_000_000) });
  const seconds = (Math.round(latency / 100_000) / 10).toFixed(1);
  return t(", chậm {seconds} giây", { seconds: seconds.replace(".", ",") });
}

/**
 * Some seconds or minutes, as people say it.
 * @param {number} seconds
 */
export function longWords(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return t("{seconds} giây", { seconds: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 10 && whole % 60 >= 5) return t("{minutes} phút {seconds} giây", { minutes, seconds: whole % 60 });
  if (minutes < 60) return t("{minutes} phút", { minutes });
  return t("{hours} giờ {minutes} phút", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
