// The launch as the public sees it: no device, no receipt. What is known comes from the public feed and from the programme's own
// playlist; the moment is the picture's where the programme plays, else the page's estimate of the ceremony clock.

import { groupsOf, isRehearsing, sameAttempt } from "../models/public_launch.js";
import { instantToGoBy, watchedLaunch } from "../models/watched_launch.js";
import { LaunchScene } from "./launch_scene.js";

/** Behind T0 by more than this the effect is over: only its end is shown; µs. */
const EFFECT_UNTIL = 5_000_000;
/** The effect has the page to itself for this long, ms. */
const EFFECT_STAYS = 24_000;
/** A page that has just been opened waits for its first picture for this long, ms. */
const OPENING = 8000;
/** Who comes late is told over the picture for this long, ms. */
const TELLING_STAYS = 10_000;

/**
 * `launching`: nothing else matters; `telling`: somebody came late and sees what happened; `launched`: it is over.
 * @typedef {"quiet" | "launching" | "telling" | "launched"} PublicPhase
 * @typedef {import("../models/public_launch.js").PublicLaunch} PublicLaunch
 * @typedef {object} Programme
 * @property {import("../lib/player.js").Player} player
 * @property {import("../models/marks.js").LaunchMarks | null} marks
 */

export class PublicScene {
  /**
   * @param {HTMLElement} root of `_launch_scene.html`
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {(phase: PublicPhase, launch: PublicLaunch | null) => void} onPhase
   * @param {{programme?: () => Programme | null, words?: import("../models/watched_launch.js").Words}} [options]
   */
  constructor(root, feed, onPhase, { programme = () => null, words = { title: "", subtitle: "" } } = {}) {
    this._root = root;
    this._feed = feed;
    this._onPhase = onPhase;
    this._programme = programme;
    this._words = words;
    this._scene = new LaunchScene(root, () => this._moment().instant, { calm: matchMedia("(prefers-reduced-motion: reduce)").matches });
    /** @type {PublicLaunch | null} the row of the feed */
    this._row = null;
    /** @type {PublicLaunch | null} what is to be shown */
    this._launch = null;
    /** @type {PublicLaunch | null} the attempt whose effect or end stands on the screen */
    this._shown = null;
    /** @type {PublicPhase} */
    this._phase = "quiet";
    this._known = "";
    this._watching = false;
    /** The frame that fired: for the bench. @type {{instant: number, byPicture: boolean, at: number} | null} */
    this.fired = null;
  }

  /** @param {Map<string, any>} rows of the feed `public` */
  take(rows) {
    const info = rows.get("info");
    this._row = rows.get("launch") ?? null;
    if (info) this._scene.name(info.title);
    if (info && this._row) this._scene.say({ ...this._row, authority: info.authority });
    this.look();
    this._scene.light(groupsOf(rows), this._row?.lit ?? 0);
  }

  /** Something is known that was not: a mark in the playlist, a picture after a pause. */
  look() {
    this._decide();
    this._watch();
  }

  /** @returns {{instant: number, byPicture: boolean}} */
  _moment() {
    const wall = this._feed.now();
    const player = this._programme()?.player;
    const picture = player?.playingInstant() ?? null;
    const t0 = this._programme()?.marks?.current?.t0 ?? this._row?.t0 ?? null;
    return instantToGoBy({ picture, wall, moving: player?.status.state === "playing", latency: player?.latency ?? null, t0, sure: this._feed.knowsTime });
  }

  _decide() {
    const marks = this._programme()?.marks ?? null;
    const withdrawn = this._row !== null && (marks?.aborted(this._row) ?? false);
    this._launch = watchedLaunch({ row: this._row, mark: marks?.current ?? null, withdrawn, ...this._moment(), words: this._words });
    const launch = this._launch;
    if (this._shown && !sameAttempt(this._shown, launch)) this._clear();
    if (this._shown && launch && launch.state === "prepared") this._clear();
    if (this._shown && this._looksBefore(this._shown)) this._clear();
    this._fireWhenDue();
    this._tellScene();
  }

  /** Somebody looks back at what was before the launch: it comes again with its picture. @param {PublicLaunch} shown */
  _looksBefore({ t0 }) {
    if (t0 === null || !this._programme()?.player.looksBack) return false;
    const { instant, byPicture } = this._moment();
    return byPicture && instant < t0;
  }

  /** Only what changed: this is asked in every frame. */
  _tellScene() {
    const launch = this._launch;
    const summary = launch ? `${launch.cue} ${launch.attempt} ${launch.live} ${launch.state} ${launch.t0} ${launch.touched} ${this._shown !== null}` : "";
    if (summary === this._known) return;
    this._known = summary;
    if (launch && this._row === null) this._scene.say({ ...launch, authority: "" });
    if (!this._shown) this._scene.rehearsal(isRehearsing(launch));
    this._scene.know(launch ? { state: launch.state, touched: launch.touched, trigger: launch.trigger, t0: launch.t0 } : { state: null, touched: 0, trigger: null, t0: null });
    if (this._shown) return;
    const gathering = launch !== null && (launch.t0 !== null || (launch.state === "armed" && launch.touched > 0));
    this._become(gathering ? "launching" : "quiet");
  }

  /** @param {PublicPhase} phase */
  _become(phase) {
    if (phase === this._phase) return;
    this._phase = phase;
    this._root.classList.toggle("is-past", phase === "launched");
    this._onPhase(phase, this._shown ?? this._launch);
  }

  _clear() {
    this._shown = null;
    this.fired = null;
    this._known = "?";
    this._scene.quiet();
    this._become("quiet");
  }

  _watch() {
    if (this._watching || !this._waits()) return;
    this._watching = true;
    requestAnimationFrame(() => {
      this._watching = false;
      this.look();
    });
  }

  /** Whether a launch is known that was not shown yet. */
  _waits() {
    const told = this._programme()?.marks?.current ?? null;
    if (told && !sameAttempt(this._shown, told)) return true;
    return this._row !== null && this._row.t0 !== null && !sameAttempt(this._shown, this._row);
  }

  /** Whether the first picture is still on its way: it may show the moment before T0. */
  _opening() {
    const player = this._programme()?.player;
    return player !== undefined && player.running && player.status.state === "loading" && performance.now() < OPENING;
  }

  _fireWhenDue() {
    const launch = this._launch;
    if (launch === null || launch.t0 === null || sameAttempt(this._shown, launch)) return;
    const moment = this._moment();
    const late = moment.instant - launch.t0;
    if (late < 0 || (!moment.byPicture && this._opening())) return;
    this._shown = launch;
    this.fired = { ...moment, at: performance.now() };
    this._scene.rehearsal(!launch.live);
    const inTime = late < EFFECT_UNTIL;
    if (inTime) this._scene.fire(late / 1000);
    else this._scene.endState();
    this._become(inTime ? "launching" : moment.byPicture ? "telling" : "launched");
    setTimeout(() => this._shown === launch && this._become("launched"), inTime ? EFFECT_STAYS : TELLING_STAYS);
  }
}
