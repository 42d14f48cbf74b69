/**
 * Who sees the programme, in figures and words for those who run it. No DOM.
 *
 * @typedef {{should: number, see_and_hear: number, silent: number, waiting: number, without: number, lacking: string[]}} PlaybackRow
 * @typedef {{playing: number, with_sound: number, waiting: number, stalled: number}} AudienceRow
 */

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/** Sites that are named in words. */
const NAMED = 12;

/**
 * What the sites that do not both see and hear lack; "" when all do.
 * @param {PlaybackRow} row
 */
export function lackingWords({ silent, waiting, without, lacking }) {
  const parts = [
    silent > 0 ? t("{count} điểm chưa bật tiếng", { count: number(silent) }) : "",
    waiting > 0 ? t("{count} điểm đang chờ hình", { count: number(waiting) }) : "",
    without > 0 ? t("{count} điểm chưa mở chương trình", { count: number(without) }) : "",
  ].filter(Boolean);
  if (parts.length === 0) return "";
  const more = lacking.length > NAMED ? "…" : "";
  return `${parts.join(", ")}: ${lacking.slice(0, NAMED).join(", ")}${more}`;
}

/** How the audience fares. @param {AudienceRow} row */
export function audienceWords({ with_sound, waiting, stalled }) {
  return t("{sound} đang bật tiếng, {waiting} đang chờ hình, {stalled} vừa bị đứng hình", { sound: number(with_sound), waiting: number(waiting), stalled: number(stalled) });
}
