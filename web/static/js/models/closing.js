/**
 * How long is left to close the figures and hand in the report. Instants are microseconds.
 *
 * @typedef {{close_at: number, report_at: number, closed_version: number, closed_at: number | null}} Dates
 * @typedef {{kind: "before" | "closing" | "late" | "closed" | "past", left: number, urgent: boolean}} Closing
 *   `before`: until the cut-off; `closing`: cut-off passed, until the report is due; `late`: the report is overdue;
 *   `past`: a ceremony long over with figures never closed
 */

import { t } from "../lib/i18n.js";

const MINUTE = 60_000_000;
const DAY = 24 * 60 * MINUTE;

/**
 * @param {Dates} dates
 * @param {number} now
 * @returns {Closing}
 */
export function closing(dates, now) {
  if (dates.closed_version > 0) return { kind: "closed", left: 0, urgent: false };
  if (now < dates.close_at) return { kind: "before", left: dates.close_at - now, urgent: dates.close_at - now < 15 * MINUTE };
  if (now < dates.report_at) return { kind: "closing", left: dates.report_at - now, urgent: true };
  if (now < dates.report_at + DAY) return { kind: "late", left: now - dates.report_at, urgent: true };
  return { kind: "past", left: 0, urgent: false };
}

/** How near the cut-off is, in a sentence. @param {Closing["kind"]} kind */
export function closingSentence(kind) {
  if (kind === "closed") return t("Số liệu đã chốt.");
  return kind === "before" ? t("Đã sát giờ chốt số liệu.") : t("Đã quá giờ chốt số liệu.");
}

/**
 * Why no rehearsal can begin now; "" where one can.
 * @param {Pick<Dates, "closed_version"> | null | undefined} info
 */
export function noRehearsal(info) {
  return info && info.closed_version > 0 ? t("Số liệu chính thức đã chốt nên không bắt đầu tổng duyệt được nữa.") : "";
}
