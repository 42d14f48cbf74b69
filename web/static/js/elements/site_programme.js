// The programme on /site: in the hall on the screen of a point whose picture is ours (`hls`), on any other page when somebody asks for
// it. Where it plays in the hall, the launch goes by its picture.

import { byId } from "../lib/page.js";
import { Alarm } from "../lib/timekeeping.js";
import { NO_PICTURE_AFTER, notAhead } from "../models/watched_launch.js";
import { ProgrammeView } from "./programme_view.js";

/**
 * @typedef {import("../lib/cue_runner.js").Following} Following
 * @typedef {{t0: number, reached: (picture: number | null) => void}} Waiter
 */

export class SiteProgramme {
  #hall;
  #unlock;
  #instant;
  #changed;
  /** Somebody asked for the picture on this page. */
  #viewing = false;
  /** This machine is the screen of a point that gets its picture from us. */
  #screens = false;
  #sounded = false;
  /** @type {Set<Waiter>} */
  #waiters = new Set();

  /**
   * @param {import("./hall_view.js").HallView} hall
   * @param {import("../lib/unlock.js").Unlock} unlock
   * @param {() => number | null} instant of the ceremony, as this device knows it
   * @param {() => void} changed whether the picture plays
   * @param {() => boolean} begun whether the ceremony is under way
   */
  constructor(hall, unlock, instant, changed, begun) {
    this.#hall = hall;
    this.#unlock = unlock;
    this.#instant = instant;
    this.#changed = changed;
    this.view = new ProgrammeView(byId("programme-view"), {
      quality: "low", // half a megabit a second until somebody asks for more: a commune's 4G carries that
      instant,
      begun,
      changed: (status) => {
        byId("hall").classList.toggle("has-picture", status.picture);
        this.#changed();
      },
      framed: (picture) => this.#framed(picture),
    });
    unlock.listen(() => this.draw());
  }

  /** @param {{picture?: string} | null} site @param {string | null} part */
  know(site, part) {
    this.#screens = site?.picture === "hls" && (part === "screen" || part === "effector");
    this.draw();
  }

  /** From a tap: show the programme on this page. */
  open() {
    this.#viewing = true;
    this.#hall.open();
    this.draw();
  }

  /** The hall's view was left: nothing is loaded any more. */
  left() {
    this.#viewing = false;
    this.draw();
  }

  draw() {
    const wanted = this.#hall.isOpen && (this.#screens || this.#viewing);
    if (wanted !== this.view.shown) this.view.show(wanted);
    if (!wanted) this.#sounded = false;
    else if (this.#unlock.tapped && !this.#sounded) {
      this.#sounded = true;
      this.view.player.setSound(true);
    }
  }

  /** How it plays, for the heartbeat; null where this machine shows nothing of it. */
  report() {
    return this.view.shown ? this.view.player.report() : this.#screens ? { playing: false, latency: null, stalls: 0, frozen: false, sound: false } : null;
  }

  /** What a screen that goes by the picture lacks for the launch. @param {import("../lib/messages.js").CuePrepare | null} prepare @returns {string[]} */
  missing(prepare) {
    return prepare?.mode === "programme" && this.#screens && !this.view.player.atLiveEdge ? ["programme"] : [];
  }

  /** The picture to go by; null where there is none, and the clock is gone by. @returns {Following | null} */
  get following() {
    const { player } = this.view;
    if (!this.#screens || !this.view.shown || player.playingInstant() === null) return null;
    return {
      atLiveEdge: player.atLiveEdge,
      due: (t0) => this.#due(t0),
      expected: (t0) => this.#expected(t0),
      reaches: (t0) => this.#reaches(t0),
    };
  }

  /** The instant that digits on this screen count to: the picture's where it is gone by. */
  instant() {
    return this.following === null ? this.#instant() : this.view.player.playingInstant();
  }

  /** Do something when the picture is there, or at once where the clock is gone by. @param {number} instant @param {() => void} work */
  when(instant, work) {
    const { following } = this;
    if (following === null) work();
    else void following.reaches(instant).then(work);
  }

  /** @param {number} t0 */
  #due(t0) {
    const { player } = this.view;
    const now = this.#instant();
    const picture = player.playingInstant();
    const moving = player.status.state === "playing" && now !== null && picture !== null;
    return moving ? Math.min(this.#latest(t0), now + (t0 - notAhead(picture, now))) : this.#expected(t0);
  }

  /** @param {number} t0 */
  #expected(t0) {
    return t0 + (this.view.player.latency ?? 0);
  }

  /** @param {number} t0 */
  #latest(t0) {
    return this.#expected(t0) + NO_PICTURE_AFTER;
  }

  /** @param {number} t0 @returns {Promise<{framed: boolean, picture: number | null}>} */
  #reaches(t0) {
    return new Promise((resolve) => {
      const alarm = new Alarm(() => waiter.reached(null));
      const waiter = {
        t0,
        reached: (/** @type {number | null} */ picture) => {
          alarm.clear();
          this.#waiters.delete(waiter);
          resolve({ framed: picture !== null || document.visibilityState === "visible", picture });
        },
      };
      this.#waiters.add(waiter);
      alarm.set(this.#latest(t0) - (this.#instant() ?? t0));
      this.#framed(this.view.player.playingInstant());
    });
  }

  /** @param {number | null} picture */
  #framed(picture) {
    if (picture === null) return;
    const shown = notAhead(picture, this.#instant());
    for (const waiter of [...this.#waiters]) if (shown >= waiter.t0) waiter.reached(picture);
  }
}
