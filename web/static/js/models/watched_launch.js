/**
 * The launch as somebody sees it who watches the programme: by the instant of the picture on the screen, not by the clock on the wall,
 * because the picture is some seconds behind. Pure.
 *
 * @typedef {import("./public_launch.js").PublicLaunch} PublicLaunch
 * @typedef {import("./marks.js").MarkedLaunch} MarkedLaunch
 * @typedef {{title: string, subtitle: string}} Words
 */

import { sameAttempt } from "./public_launch.js";
import { DIGITS } from "./scene.js";

/** States in which the public feed tells a T0. */
const CALLED = new Set(["committed", "fired", "verified"]);
/** States in which an attempt may get its order: the mark in the playlist may be here first. */
const OPEN = new Set(["armed", ...CALLED]);
/** Where nobody tells more of a rehearsal than its mark, it is shown this long around its T0 and never after, µs. */
const REHEARSAL_AFTER = 20_000_000;
/** A picture that has not come by so much more than the usual delay does not come, µs. DESIGN §5, Mode. */
export const NO_PICTURE_AFTER = 2_000_000;

/**
 * The launch to show now, or null.
 * @param {object} known
 * @param {PublicLaunch | null} known.row of the public feed; null without one
 * @param {MarkedLaunch | null} known.mark verified, of the programme's playlist
 * @param {boolean} known.withdrawn an abort of the row's attempt was verified in the playlist
 * @param {number} known.instant of the picture, or of the clock where there is no picture
 * @param {boolean} known.byPicture
 * @param {Words} known.words for when no feed says them
 * @returns {PublicLaunch | null}
 */
export function watchedLaunch({ row, mark, withdrawn, instant, byPicture, words }) {
  const told = byMark(row, mark) ? marked(/** @type {MarkedLaunch} */ (mark), row, words) : row;
  if (told === null) return null;
  const over = withdrawn && sameAttempt(row, told);
  const t0 = over || !CALLED.has(told.state) ? null : told.t0;
  if (t0 === null) return { ...told, t0: null, state: over ? "prepared" : told.state, touched: byPicture || over ? 0 : told.touched };
  if (!told.live && row === null && (instant < t0 - DIGITS || instant > t0 + REHEARSAL_AFTER)) return null;
  if (!byPicture) return { ...told, t0 };
  const touched = touchedAt(mark, told, instant);
  return { ...told, t0: touched > 0 || instant >= t0 - DIGITS ? t0 : null, touched };
}

/**
 * Whether the mark tells of the launch: not where the feed knows of a later attempt, or that this one was taken back.
 * @param {PublicLaunch | null} row
 * @param {MarkedLaunch | null} mark
 */
function byMark(row, mark) {
  if (mark === null) return false;
  if (row === null || row.cue !== mark.cue) return row === null || mark.live;
  if (sameAttempt(row, mark)) return OPEN.has(row.state);
  return row.attempt < mark.attempt;
}

/** @param {MarkedLaunch} mark @param {PublicLaunch | null} row @param {Words} words @returns {PublicLaunch} */
function marked({ cue, attempt, live, trigger, t0 }, row, words) {
  const said = row !== null && row.cue === cue ? row : { ...words, portal: "", lit: 0 };
  const own = sameAttempt(row, { cue, attempt, live });
  const { title, subtitle } = said;
  const state = own && row && CALLED.has(row.state) ? row.state : "committed";
  return { cue, attempt, live, trigger, t0, state, title, subtitle, portal: own && row ? row.portal : "", lit: own && row ? row.lit : 0, touched: 0 };
}

/** How many had pressed when this picture was captured. @param {MarkedLaunch | null} mark @param {PublicLaunch} told @param {number} instant */
function touchedAt(mark, told, instant) {
  if (mark !== null && sameAttempt(mark, told)) return mark.pressed.filter((pressed) => pressed <= instant).length;
  return instant >= /** @type {number} */ (told.t0) - DIGITS ? told.touched : 0;
}

/**
 * The instant of a picture as far as it can be true: nothing is captured before it happens, so a stamp ahead of the clock (a wrong
 * calibration, a cache that lies) must not bring a launch forward.
 * @param {number} picture
 * @param {number | null} now the ceremony's clock; null where it is not known
 */
export function notAhead(picture, now) {
  return now === null ? picture : Math.min(picture, now);
}

/**
 * The instant to go by: the picture's, unless it stands still so long past T0 that it does not come.
 * @param {{picture: number | null, wall: number, moving: boolean, latency: number | null, t0: number | null, sure?: boolean}} known `sure`:
 *   whether `wall` is the ceremony's clock, not this machine's
 * @returns {{instant: number, byPicture: boolean}}
 */
export function instantToGoBy({ picture, wall, moving, latency, t0, sure = false }) {
  const waited = t0 !== null && wall > t0 + (latency ?? 0) + NO_PICTURE_AFTER;
  if (picture === null || (!moving && waited)) return { instant: wall, byPicture: false };
  return { instant: notAhead(picture, sure ? wall : null), byPicture: true };
}
