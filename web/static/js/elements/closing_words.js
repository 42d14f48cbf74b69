// How long is left to close the figures, in a line.

import { countdown, date, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { setText } from "../lib/page.js";
import { closing } from "../models/closing.js";

const TWO_DAYS = 48 * 3_600_000_000;

/**
 * @param {HTMLElement} element
 * @param {import("../models/closing.js").Dates} info
 * @param {number} now
 */
export function drawClosing(element, info, now) {
  const { kind, left, urgent } = closing(info, now);
  const words = {
    before: () => (left > TWO_DAYS ? t("Chốt số liệu {date}", { date: date(info.close_at) }) : t("Chốt số liệu sau {left}", { left: countdown(left) })),
    closing: () => t("Quá giờ chốt, báo cáo sau {left}", { left: countdown(left) }),
    late: () => t("Quá hạn báo cáo {left}", { left: countdown(left) }),
    closed: () => t("Đã chốt lúc {time}, bản {version}", { time: time(info.closed_at ?? 0), version: info.closed_version }),
    past: () => t("Chưa chốt số liệu"),
  };
  setText(element, words[kind]());
  element.classList.toggle("is-urgent", urgent);
  element.classList.toggle("is-late", kind === "closing" || kind === "late");
}
