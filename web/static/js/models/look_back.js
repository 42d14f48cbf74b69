/**
 * Looking back over what the centre still keeps of the programme (some two hours). Pure. Positions and lengths are seconds.
 *
 * @typedef {{start: number, live: number}} Range on the player's timeline: the oldest that is to be had; where it plays live
 */

/** With less than this to look back on nobody is offered it. */
const LEAST = 60;
/** So near to where it plays live it is live again. */
export const NEAR_LIVE = 8;
/** The oldest pieces go while somebody looks for them: not nearer to the beginning than this. */
const KEEP_OFF = 8;
/** A step of the bar and of its arrow keys. */
export const STEP = 10;

/** Whether there is enough to look back on. @param {Range | null} range */
export function offered(range) {
  return range !== null && range.live - range.start >= LEAST;
}

/**
 * Where to go to be so far behind live.
 * @param {Range} range
 * @param {number} behind
 * @returns {{position: number, back: boolean}} `back`: it is a looking back; else it is live
 */
export function sought({ start, live }, behind) {
  const oldest = Math.max(0, live - start - KEEP_OFF);
  const wanted = Math.min(Math.max(0, behind), oldest);
  return wanted < NEAR_LIVE ? { position: live, back: false } : { position: live - wanted, back: true };
}

/**
 * Where the bar's left end is, in seconds behind live, a whole number of its steps.
 * @param {Range} range
 */
export function farthest({ start, live }) {
  return Math.max(STEP, Math.floor((live - start - KEEP_OFF) / STEP) * STEP);
}

/**
 * Where a picture of that instant is, by the pieces that a playlist tells; null where it is no longer kept.
 * @param {{start: number, programDateTime: number | null}[]} pieces oldest first, their times in ms
 * @param {number} instant µs
 */
export function positionOf(pieces, instant) {
  const found = pieces.findLast((piece) => piece.programDateTime !== null && piece.programDateTime * 1000 <= instant);
  return found ? found.start + (instant - /** @type {number} */ (found.programDateTime) * 1000) / 1_000_000 : null;
}
