// The launch as the public feed tells it: no device, no receipt. Fires once an attempt, on the page's estimate of the ceremony clock.

import { groupsOf, isRehearsing, sameAttempt } from "../models/public_launch.js";
import { LaunchScene } from "./launch_scene.js";

/** Behind T0 by more than this the effect is over: only its end is shown. */
const EFFECT_UNTIL = 5_000_000;

/**
 * @typedef {import("../models/public_launch.js").PublicLaunch} PublicLaunch
 */

export class PublicScene {
  /**
   * @param {HTMLElement} root of `_launch_scene.html`
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {(phase: "quiet" | "launching" | "launched") => void} onPhase
   */
  constructor(root, feed, onPhase) {
    this._feed = feed;
    this._onPhase = onPhase;
    this._scene = new LaunchScene(root, () => feed.now(), { calm: matchMedia("(prefers-reduced-motion: reduce)").matches });
    /** @type {PublicLaunch | null} */
    this._launch = null;
    /** @type {PublicLaunch | null} the attempt whose effect or end stands on the screen */
    this._shown = null;
    this._watching = false;
  }

  /** @param {Map<string, any>} rows of the feed `public` */
  take(rows) {
    const info = rows.get("info");
    /** @type {PublicLaunch | null} */
    const launch = rows.get("launch") ?? null;
    this._launch = launch;
    if (info) this._scene.name(info.title);
    if (info && launch) this._scene.say({ ...launch, authority: info.authority });
    if (this._shown && !sameAttempt(this._shown, launch)) this._clear();
    if (!this._shown) this._scene.rehearsal(isRehearsing(launch));
    if (launch) this._scene.know({ state: launch.state, touched: launch.touched, trigger: launch.trigger, t0: launch.t0 });
    this._scene.light(groupsOf(rows), launch?.lit ?? 0);
    if (launch && !this._shown) this._onPhase(launch.t0 !== null || (launch.state === "armed" && launch.touched > 0) ? "launching" : "quiet");
    this._watch();
  }

  _clear() {
    this._shown = null;
    this._scene.quiet();
    this._onPhase("quiet");
  }

  _watch() {
    if (this._watching || !this._due()) return;
    this._watching = true;
    requestAnimationFrame(() => {
      this._watching = false;
      this._fireWhenDue();
      this._watch();
    });
  }

  _due() {
    const launch = this._launch;
    return launch !== null && launch.t0 !== null && !sameAttempt(this._shown, launch) && ["committed", "fired", "verified"].includes(launch.state);
  }

  _fireWhenDue() {
    const launch = this._launch;
    if (!this._due() || launch === null || launch.t0 === null) return;
    const late = this._feed.now() - launch.t0;
    if (late < 0) return;
    this._shown = launch;
    this._scene.rehearsal(!launch.live);
    if (late < EFFECT_UNTIL) this._scene.fire(late / 1000);
    else this._scene.endState();
    this._onPhase(late < EFFECT_UNTIL ? "launching" : "launched");
    if (late < EFFECT_UNTIL) setTimeout(() => this._shown === launch && this._onPhase("launched"), 24_000);
  }
}
