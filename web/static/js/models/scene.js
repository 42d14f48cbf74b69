/**
 * What a hall's screen shows of the launch at an instant, as a pure function. Instants are microseconds of UTC on the
 * ceremony clock.
 *
 * @typedef {"quiet" | "gathering" | "countdown" | "launched"} Phase
 * @typedef {object} Knowledge
 * @property {string | null} state the cue's state as the public feed tells it
 * @property {number} touched seats touched so far
 * @property {"countdown" | "seats" | null} trigger
 * @property {number | null} t0 of the order this device verified and keeps; null without one
 * @property {boolean} fired this device showed the effect or its end state
 */

/** Digits are shown from this long before T0. */
export const DIGITS = 3_000_000;
/** The launch effect runs at least this long. */
export const EFFECT = 12_000_000;

/**
 * @param {Knowledge} known
 * @param {number} now
 * @returns {{phase: Phase, digit: number | null, light: number}} `light` 0 to 1: how much has gathered
 */
export function sceneAt(known, now) {
  if (known.fired) return { phase: "launched", digit: null, light: 1 };
  const light = gathered(known);
  if (known.t0 === null) return { phase: light > 0 ? "gathering" : "quiet", digit: null, light };
  const left = known.t0 - now;
  if (known.trigger === "countdown" && left > 0 && left <= DIGITS) {
    return { phase: "countdown", digit: Math.ceil(left / 1_000_000), light: Math.max(light, 1 - left / DIGITS) };
  }
  return { phase: "gathering", digit: null, light: Math.max(light, 0.6) };
}

/** @param {Knowledge} known */
function gathered(known) {
  const open = known.state === "armed" || known.state === "committed";
  if (!open || known.touched <= 0) return 0;
  // Each further touch adds less, so that one of one and ten of ten both read as plenty.
  return 1 - 0.55 ** known.touched;
}

/**
 * The number to show on its way to `lit`: rises by at least one a frame and reaches it within about a second.
 * @param {number} shown
 * @param {number} lit
 * @param {number} elapsed microseconds since the frame before
 */
export function countUp(shown, lit, elapsed) {
  if (shown >= lit) return lit;
  return Math.min(lit, shown + Math.max(1, Math.round(((lit - shown) * elapsed) / 350_000)));
}
