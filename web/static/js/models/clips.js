// Clips cut from the recording, in words, from the rows of the feed `media`. No DOM.

import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/** @typedef {{clip: string, name: string, begin: number, end: number, state: string, words: string}} ClipRow */

const SECOND = 1_000_000;
const DAY = 24 * 3600 * SECOND;
const ZONE = 7 * 3600 * SECOND;

/** @param {Map<string, any>} rows @returns {ClipRow[]} newest first */
export function clipsOf(rows) {
  const clips = [...rows].filter(([key]) => key.startsWith("clip:")).map(([, row]) => row);
  return clips.sort((one, other) => other.begin - one.begin);
}

/** @param {ClipRow} clip */
export function clipState(clip) {
  const span = t("{begin} đến {end}", { begin: clock(clip.begin), end: clock(clip.end) });
  if (clip.state === "ready") return clip.words ? `${span}. ${clip.words}` : span;
  if (clip.state === "making") return t("{span}. Đang cắt.", { span });
  if (clip.state === "failed") return t("{span}. Không cắt được: {why}", { span, why: clip.words });
  return t("{span}. Chờ ghi xong, khoảng {at} thì có.", { span, at: clock(clip.end + 10 * SECOND) });
}

/**
 * An interval typed as times of day in Vietnam: the latest such that has begun. Null: not to be understood, or empty.
 * @param {string} from @param {string} to @param {number} now µs
 * @returns {{begin: number, end: number} | null}
 */
export function interval(from, to, now) {
  const [begin, end] = [timeOf(from), timeOf(to)];
  if (begin === null || end === null || begin === end) return null;
  const midnight = Math.floor((now + ZONE) / DAY) * DAY - ZONE;
  const begun = midnight + begin > now ? midnight + begin - DAY : midnight + begin;
  return { begin: begun, end: begun + ((end - begin + DAY) % DAY) };
}

/** @param {string} text @returns {number | null} µs since midnight */
function timeOf(text) {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!found) return null;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  return hours > 23 || minutes > 59 || seconds > 59 ? null : (hours * 3600 + minutes * 60 + seconds) * SECOND;
}
