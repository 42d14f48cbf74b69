// Words for times of the rundown, shared by the console and the MC's page.

import { t } from "../lib/i18n.js";

const MINUTE = 60_000_000;

/** @type {Record<string, string>} */
export const KIND_WORDS = {
  speech: t("Phát biểu"),
  "remote-speech": t("Phát biểu từ điểm cầu"),
  video: t("Chiếu video"),
  performance: t("Văn nghệ"),
  launch: t("Bấm nút phát động"),
  pledge: t("Ký cam kết"),
  ceremony: t("Nghi thức"),
};

/** A length of time in whole minutes. @param {number} duration */
export function minutesWords(duration) {
  const minutes = Math.round(duration / MINUTE);
  return minutes >= 60 && minutes % 60 === 0 ? t("{hours} giờ", { hours: minutes / 60 }) : t("{minutes} phút", { minutes });
}

/** "+4 phút", "−2 phút"; empty under a minute. @param {number} duration */
export function lateWords(duration) {
  const minutes = Math.trunc(duration / MINUTE);
  if (minutes === 0) return "";
  return minutes > 0 ? t("+{minutes} phút", { minutes }) : t("−{minutes} phút", { minutes: -minutes });
}

/** The day against its plan: "chậm 4 phút so với chương trình". @param {number | null} over */
export function overWords(over) {
  if (over === null) return t("chưa chạy chương trình");
  const minutes = Math.trunc(over / MINUTE);
  if (minutes === 0) return t("đúng giờ so với chương trình");
  return minutes > 0 ? t("chậm {minutes} phút so với chương trình", { minutes }) : t("sớm {minutes} phút so với chương trình", { minutes: -minutes });
}
