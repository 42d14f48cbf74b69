/**
 * How long is left to close the figures and hand in the report. Instants are microseconds.
 *
 * @typedef {{close_at: number, report_at: number, closed_version: number, closed_at: number | null}} Dates
 * @typedef {{kind: "before" | "closing" | "late" | "closed" | "past", left: number, urgent: boolean}} Closing
 *   `before`: until the cut-off; `closing`: cut-off passed, until the report is due; `late`: the report is overdue;
 *   `past`: a ceremony long over with figures never closed
 */

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
