// What the speaker's screen shows: the digits, how full the bar is, and a word for the colour.

import { lengthOf, project, remaining } from "./programme.js";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
/** The last fifth of the time is announced, at least half a minute and at most three. */
const SOON_SHARE = 0.2;
const SOON_LEAST = 30 * SECOND;
const SOON_MOST = 3 * MINUTE;

/**
 * @typedef {import("./programme.js").Item} Item
 * @typedef {"rest" | "good" | "soon" | "over" | "held"} Grade
 * @typedef {{grade: Grade, item: Item | null, left: number, share: number, next: Item | null, nextAt: number | null}} Face
 *   `left` in microseconds, below zero once the time is over; `share` of the bar that is left, 0 to 1
 */

/**
 * @param {Item[]} items
 * @param {number} now
 * @returns {Face}
 */
export function faceOf(items, now) {
  const { next, slots } = project(items, now);
  const item = items.find((each) => each.current) ?? null;
  const nextAt = next ? (slots.get(next.id)?.start ?? null) : null;
  if (!item) return { grade: "rest", item: null, left: 0, share: 0, next, nextAt };
  const left = remaining(item, now);
  const whole = lengthOf(item) + (item.added ?? 0);
  return { grade: gradeOf(item, left, whole), item, left, share: whole > 0 ? Math.min(1, Math.max(0, left / whole)) : 0, next, nextAt };
}

/** @param {Item} item @param {number} left @param {number} whole @returns {Grade} */
function gradeOf(item, left, whole) {
  if (item.held_since) return "held";
  if (left <= 0) return "over";
  return left <= Math.min(SOON_MOST, Math.max(SOON_LEAST, whole * SOON_SHARE)) ? "soon" : "good";
}

/**
 * "04:59", "1:02:03"; with a plus once the time is over.
 * @param {number} left
 */
export function digits(left) {
  const seconds = left > 0 ? Math.ceil(left / SECOND) : Math.floor(-left / SECOND);
  const minutes = Math.floor(seconds / 60);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const text = minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
  return left > 0 || seconds === 0 ? text : `+${text}`;
}
