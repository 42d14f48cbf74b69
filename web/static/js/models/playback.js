/**
 * What is true of a player, from what its page observes: pure, no DOM, no clock of its own. Times `at` are milliseconds of
 * performance.now(); positions and media times are seconds on the player's own timeline; instants are microseconds of UTC.
 *
 * @typedef {"loading" | "not_begun" | "playing" | "stalled" | "offline" | "away" | "blocked" | "paused" | "ended" | "unsupported"} PlaybackState
 *   `not_begun`: the centre has no programme yet; `away`: the centre answers, the programme is interrupted; `offline`: the centre
 *   does not answer; `blocked`: the browser wants a tap first; `paused`: by the person or the system
 * @typedef {"missing" | "away" | "network" | "media"} Trouble
 * @typedef {{playing: boolean, latency: number | null, stalls: number, frozen: boolean, sound: boolean}} PlaybackReport as it
 *   travels in a heartbeat: latency in microseconds, stalls of the last minute
 */

/**
 * So far behind the newest picture that is to be had the player wants to be, in seconds: a segment of two, and what asking for the next
 * one takes. With the worker's own delay the hall is some 6 s away.
 */
export const TARGET_BEHIND = 3.2;
/** Each stall that is remembered asks for so much more, at most twice. */
const MORE_AFTER_STALL = 1.8;
/** A line that stalled is not believed to be better for so long, in ms: else it would stall once a minute all morning. */
const STALLS_KEPT = 10 * 60_000;
/** Further behind the target than this is not caught up by playing faster. */
const SEEK_BEYOND = 6;
/** Begin and end of catching up, seconds over the target. */
const CATCH_FROM = 0.5;
const CATCH_UNTIL = 0.15;
/** Faster than this is heard. */
export const FASTEST = 1.1;
/** With less than this ahead of the position nothing is gained by hurrying, in seconds. */
const LEAST_AHEAD = 1;
/** Without movement for this long it stands still. */
export const STALL_AFTER = 1200;
/** After a seek the picture may take so much longer. */
const SEEK_TAKES = 1800;
/** Without a new picture for this long while it should play it is frozen. */
export const FROZEN_AFTER = 5000;
const MINUTE = 60_000;
/** Tries after a failure: the first soon, the last every few seconds, in ms. */
const AGAIN_BASE = 700;
const AGAIN_CAP = 6000;
/**
 * Who has just opened the page and has seen nothing yet asks again every second for so long, in ms: the demo's first picture is some
 * seconds away. Each viewer does so once, when they come; whoever waits for an hour asks as seldom as anybody whose line broke.
 */
const OPENING = 25_000;
const OPENING_CAP = 1000;
/** Pieces that are remembered: more than any buffer holds. */
const PIECES = 90;
/** A picture so near before a piece belongs to it: half a frame at 25 pictures a second, in seconds. */
const ROUNDING = 0.02;

/** Which instant a media time shows: pieces of the timeline, each with the capture time of its first picture. */
export class FrameMap {
  /** @type {{start: number, end: number, instant: number}[]} as they came */
  #pieces = [];

  /**
   * A piece is in the buffer. What it covers anew (another rendition of the same two seconds) replaces what was there.
   * @param {number} start of its first picture
   * @param {number} end
   * @param {number} instant of its first picture
   */
  add(start, end, instant) {
    const pieces = this.#pieces.filter((piece) => Math.abs(piece.start - start) > ROUNDING);
    pieces.push({ start, end, instant });
    this.#pieces = pieces.slice(-PIECES);
  }

  clear() {
    this.#pieces = [];
  }

  /** The instant that a media time shows, or null. A picture just before the first piece, or after the last, goes on from it. @param {number} mediaTime */
  instantOf(mediaTime) {
    let found = this.#pieces[0];
    for (const piece of this.#pieces) if (follows(piece.start, found.start, mediaTime + ROUNDING)) found = piece;
    return found ? found.instant + Math.round((mediaTime - found.start) * 1_000_000) : null;
  }
}

/**
 * Whether a piece that begins at `start` is nearer to what is looked for than the one found: the last that begins before it, else the first.
 * @param {number} start @param {number} found @param {number} at
 */
function follows(start, found, at) {
  if (start <= at) return found > at || start > found;
  return found > at && start < found;
}

/**
 * An instant as PROGRAM-DATE-TIME writes it, to the microsecond (Date keeps milliseconds).
 * @param {string} text
 * @returns {number | null}
 */
export function instantOfDate(text) {
  const milliseconds = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
  if (Number.isNaN(milliseconds)) return null;
  const rest = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? "";
  return milliseconds * 1000 + Number(rest.padEnd(3, "0"));
}

/**
 * How far behind the newest picture to stay.
 * @param {number} stalls that are remembered
 */
export function wantedBehind(stalls) {
  return TARGET_BEHIND + MORE_AFTER_STALL * Math.min(2, stalls);
}

/**
 * How long to wait before the next try, in ms: never all viewers in the same moment.
 * @param {{tries: number, open: number, played: boolean}} so `open`: how long the player has been on, in ms
 * @param {() => number} random in [0, 1)
 */
export function againIn({ tries, open, played }, random = Math.random) {
  const cap = !played && open < OPENING ? OPENING_CAP : AGAIN_CAP;
  return Math.min(cap, AGAIN_BASE * 1.7 ** tries) * (0.5 + random() / 2);
}

/**
 * How fast to play, or to seek to where it should be.
 * @param {{behind: number | null, ahead: number, rate: number, wanted: number}} now `behind` the newest picture; `ahead`: buffered
 * @returns {{rate: number, seek: boolean}}
 */
export function pace({ behind, ahead, rate, wanted }) {
  const over = (behind ?? wanted) - wanted;
  if (over > SEEK_BEYOND) return { rate: 1, seek: true };
  if (ahead < LEAST_AHEAD || over <= (rate > 1 ? CATCH_UNTIL : CATCH_FROM)) return { rate: 1, seek: false };
  return { rate: over > 2 ? FASTEST : 1.05, seek: false };
}

export class Playback {
  /** @type {Trouble | null} */
  #trouble = null;
  #position = -1;
  #frames = -1;
  /** Never moved: long ago. */
  #movedAt = -Infinity;
  #framedAt = -Infinity;
  #standing = false;
  /** @type {number[]} when it stood still */
  #stalls = [];
  /** What the page sees of its element. */
  #seen = { paused: true, visible: true, online: true };
  /** A picture was shown since the beginning. */
  played = false;
  /** The browser refused to begin by itself. */
  blocked = false;
  /** The programme says that it is over. */
  ended = false;
  /** This browser can play it neither way. */
  unsupported = false;

  /**
   * Look at the element.
   * @param {number} at
   * @param {{position: number, frames: number, paused: boolean, visible: boolean, online: boolean}} seen `frames` shown so far
   */
  look(at, { position, frames, paused, visible, online }) {
    const wasHidden = !this.#seen.visible;
    this.#seen = { paused, visible, online };
    if (position > this.#position + 0.001 && !paused) {
      this.#movedAt = Math.max(this.#movedAt, at);
      this.#standing = false;
      this.blocked = false;
    }
    if (frames > this.#frames) {
      this.played ||= this.#frames >= 0 || frames > 0;
      this.#framedAt = at;
    }
    // A hidden page gets no pictures, and is not frozen for that; nor is one that has not played yet.
    if (wasHidden || !visible || paused || !this.played) this.#framedAt = Math.max(this.#framedAt, at);
    this.#position = position;
    this.#frames = frames;
    this.#noteStall(at);
  }

  /** @param {number} at */
  #noteStall(at) {
    if (this.#standing || !this.played || this.#seen.paused || this.ended || !this.#seen.visible || this.moving(at)) return;
    this.#standing = true;
    this.#stalls.push(at);
  }

  /** Somebody chose another place: until its picture is there it does not stand still. @param {number} at */
  sought(at) {
    this.#movedAt = at + SEEK_TAKES;
    this.#standing = false;
    this.#position = -1;
  }

  /** The player was built anew: its timeline begins again. */
  rebuilt() {
    this.#position = -1;
    this.#frames = Math.max(this.#frames, 0);
    this.ended = false;
  }

  /** Something could not be had. @param {Trouble} trouble */
  failed(trouble) {
    this.#trouble = trouble;
  }

  /** The centre gave a playlist. */
  loaded() {
    this.#trouble = null;
  }

  get trouble() {
    return this.#trouble;
  }

  /** @param {number} at */
  moving(at) {
    return at - this.#movedAt <= STALL_AFTER;
  }

  /** How long it has stood still, in ms. @param {number} at */
  stoodFor(at) {
    return at - this.#movedAt;
  }

  /** Stalls of the last minute. @param {number} at */
  stalls(at) {
    return this.#stalls.filter((began) => at - began < MINUTE).length;
  }

  /** Stalls that are remembered when it chooses its distance. @param {number} at */
  remembered(at) {
    this.#stalls = this.#stalls.filter((began) => at - began < STALLS_KEPT);
    return this.#stalls.length;
  }

  /** Whether it should show new pictures and has shown none for 5 s. @param {number} at */
  frozen(at) {
    return this.played && !this.#seen.paused && !this.ended && at - this.#framedAt >= FROZEN_AFTER;
  }

  /** @param {number} at @returns {PlaybackState} */
  state(at) {
    if (this.unsupported) return "unsupported";
    if (this.played && this.moving(at)) return "playing";
    if (this.ended && this.played) return "ended";
    if (this.blocked) return "blocked";
    if (this.played && this.#seen.paused && this.#trouble === null) return "paused";
    if (!this.#seen.online || this.#trouble === "network") return "offline";
    if (this.#trouble === "missing") return this.played ? "away" : "not_begun";
    if (this.#trouble === "away") return "away";
    return this.played ? "stalled" : "loading";
  }
}
