// The state of the launch button in one short line.

import { clock, number, split } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/**
 * @typedef {import("../models/launch.js").Cue} Cue
 */

/**
 * @param {Cue | null} cue
 * @param {number} now
 * @returns {{words: string, tone: "" | "is-live" | "is-done"}}
 */
export function cueWords(cue, now) {
  if (!cue) return { words: t("Chưa có nút phát động"), tone: "" };
  const { words, tone } = stateWords(cue, now);
  const rehearsal = !cue.live && cue.attempt > 0;
  return { words: rehearsal ? t("Tổng duyệt. {words}", { words }) : words, tone };
}

/**
 * @param {Cue} cue
 * @param {number} now
 * @returns {{words: string, tone: "" | "is-live" | "is-done"}}
 */
function stateWords(cue, now) {
  switch (cue.state) {
    case "polling":
      return { words: t("Nút bấm: đang hỏi sẵn sàng {ready}/{of}", { ready: number(cue.ready_count), of: number(cue.ready_of) }), tone: "" };
    case "hold":
      return { words: t("Nút bấm: tạm dừng"), tone: "" };
    case "armed": {
      const left = split((cue.armed_until ?? now) - now);
      return { words: t("Nút bấm: đã kích hoạt, còn hiệu lực {minutes} phút", { minutes: left.hours * 60 + left.minutes }), tone: "is-live" };
    }
    case "committed":
      return { words: t("Đã bấm nút, phát động lúc {time}", { time: cue.t0 ? clock(cue.t0) : "" }), tone: "is-live" };
    case "fired":
    case "verified":
      return { words: t("Đã phát động, {sites} điểm cầu cùng sáng", { sites: number(cue.fired_sites) }), tone: "is-done" };
    case "aborting":
    case "aborted":
      return { words: t("Đã hủy lệnh phát động"), tone: "is-live" };
    case "expired":
      return { words: t("Nút bấm: hết thời gian hiệu lực"), tone: "" };
    default:
      return { words: t("Nút bấm: chưa kích hoạt"), tone: "" };
  }
}
