// Plays the programme: hls.js where the browser has Media Source, its own HLS (older iPhones) where not. It begins muted, stays near
// the live edge, comes back by itself from whatever failed, and knows which instant the picture on the screen was captured. Who looks
// back stays where they are until they ask for the live picture.

import { positionOf, sought } from "../models/look_back.js";
import { againIn, FrameMap, instantOfDate, pace, Playback, wantedBehind } from "../models/playback.js";
import { HLS, troubleOf } from "./hls_setup.js";
import { playlistOf } from "./native_playlist.js";
import { watchFrames } from "./video_frames.js";

/** How often the player looks at itself, in ms. */
const LOOK_EVERY = 500;
/** Standing still for so long, it goes to the live edge; for so long, it is built anew. In ms. */
const NUDGE_AFTER = 6000;
const REBUILD_AFTER = 14_000;
/** Media errors mended in place within `MENDED_WITHIN` ms before the player is built anew. */
const MENDED_MOST = 2;
const MENDED_WITHIN = 20_000;
/** A page that was away for longer goes to the live edge at once, in ms. */
const SLEPT = 3000;

/**
 * `low`: the smallest picture, whatever the line could carry; `auto`: what it carries.
 * @typedef {"low" | "auto"} Quality
 * @typedef {import("../models/playback.js").PlaybackState} PlaybackState
 * @typedef {{state: PlaybackState, muted: boolean, latency: number | null, quality: Quality, picture: boolean, rate: number, back: boolean}} PlayerStatus
 *   `latency` to the ceremony's now in µs, where that is known; `picture`: the element shows some picture; `back`: somebody looks back
 * @typedef {object} Options
 * @property {string} [url]
 * @property {Quality} [quality]
 * @property {() => number | null} [instant] the ceremony's instant, for the latency; null while unknown
 * @property {() => boolean} [begun] whether the ceremony is under way: before, a programme that is not there has not begun
 * @property {(status: PlayerStatus) => void} [changed]
 * @property {(playlist: string) => void} [playlist] each media playlist as it came
 * @property {(instant: number | null) => void} [framed] a picture was shown; inside its frame
 */

export class Player {
  #video;
  #options;
  #map = new FrameMap();
  #playback = new Playback();
  /** @type {any} */
  #hls = null;
  /** @type {{stop: () => void} | null} */
  #follower = null;
  #frames = 0;
  #mediaTime = 0;
  /** The last latency that was measured while pictures came, in µs. @type {number | null} */
  #latency = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again = undefined;
  #tries = 0;
  #mended = /** @type {number[]} */ ([]);
  #nudged = false;
  #lookedAt = 0;
  #openedAt = 0;
  #told = "";
  /** @type {Quality} */
  #quality;
  #sound = false;
  #on = false;
  /** Somebody looks back: nothing but they themselves changes where. */
  #back = false;
  /** What they looked at when it had to be built anew. @type {number | null} */
  #resume = null;
  #listening = new AbortController();

  /** @param {HTMLVideoElement} video @param {Options} [options] */
  constructor(video, options = {}) {
    this.#video = video;
    this.#options = options;
    this.#quality = options.quality ?? "auto";
  }

  /** Begin, muted unless sound was asked for; everything that follows shows in `status`. */
  start() {
    if (this.#on) return;
    this.#on = true;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#video.muted = !this.#sound;
    this.#video.playsInline = true;
    window.addEventListener("online", () => this.#hurry(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry(), { signal });
    for (const name of ["volumechange", "playing", "pause"]) this.#video.addEventListener(name, () => this.#look(), { signal });
    this.#lookedAt = this.#openedAt = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
    watchFrames(this.#video, signal, (mediaTime) => {
      this.#frames += 1;
      this.#mediaTime = mediaTime;
      this.#options.framed?.(this.playingInstant());
    });
    void this.#build();
    this.#tell();
  }

  /** Stop, and load nothing more. */
  stop() {
    this.#on = false;
    this.#listening.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    this.#drop();
    this.#playback = new Playback();
    this.#latency = null;
    this.#frames = 0;
    this.#back = false;
    this.#resume = null;
    this.#tell();
  }

  get running() {
    return this.#on;
  }

  /** From a tap: sound on or off. What the browser refuses shows in `status.muted`. @param {boolean} on */
  setSound(on) {
    this.#sound = on;
    this.#video.muted = !on;
    if (on && this.#video.volume === 0) this.#video.volume = 1;
    this.play();
  }

  /** From a tap: go on, at the live edge unless somebody looks back. */
  play() {
    if (!this.#on) return;
    this.#video.play().then(
      () => {
        this.#playback.blocked = false;
        this.#toEdge(true);
      },
      (error) => this.#refused(error),
    );
  }

  /** What can be looked at, on the player's timeline; null while nothing is known of it. @returns {import("../models/look_back.js").Range | null} */
  get range() {
    const details = this.#hls?.latestLevelDetails;
    const live = wantedBehind(0);
    if (details) return { start: details.fragmentStart, live: details.edge - live };
    const { seekable } = this.#video;
    return this.#hls || seekable.length === 0 ? null : { start: seekable.start(0), live: seekable.end(seekable.length - 1) - live };
  }

  /** How far the position is behind where it plays live, in seconds. */
  get behindLive() {
    const { range } = this;
    return range === null ? 0 : Math.max(0, range.live - this.#video.currentTime);
  }

  /** Whether somebody looks back. */
  get looksBack() {
    return this.#back;
  }

  /** From a tap: look at what was so many seconds behind live; 0: live again. @param {number} behind */
  lookAt(behind) {
    const { range } = this;
    if (range === null || !this.#playback.played) return;
    const { position, back } = sought(range, behind);
    this.#back = back;
    this.#seek(position);
    this.#tell();
  }

  /** @param {Quality} quality */
  setQuality(quality) {
    this.#quality = quality;
    if (this.#hls) this.#limit();
    this.#tell();
  }

  /** When the picture on the screen was captured: an instant of the ceremony's clock, or null where that is not known. */
  playingInstant() {
    return this.#playback.played ? this.#instantOf(this.#mediaTime) : null;
  }

  /** How far the picture on the screen is behind the ceremony's now when all is well, in µs; null before it was measured. */
  get latency() {
    return this.#latency;
  }

  /** Whether pictures come, and near the newest that is to be had. */
  get atLiveEdge() {
    const behind = this.#behind();
    return this.status.state === "playing" && behind !== null && behind < wantedBehind(2) + 2;
  }

  /** What a heartbeat or a beacon tells. @returns {import("../models/playback.js").PlaybackReport} */
  report() {
    const at = performance.now();
    return {
      playing: this.#playback.state(at) === "playing" && document.visibilityState === "visible",
      // How far behind somebody wants to be is not how far behind the line leaves them.
      latency: this.#latency === null || this.#back ? null : Math.round(this.#latency),
      stalls: this.#playback.stalls(at),
      frozen: this.#playback.frozen(at),
      sound: !this.#video.muted && this.#video.volume > 0,
    };
  }

  /** @returns {PlayerStatus} */
  get status() {
    const at = performance.now();
    return {
      state: this.#on ? this.#stateAt(at) : "loading",
      muted: this.#video.muted || this.#video.volume === 0,
      latency: this.#latency,
      quality: this.#quality,
      // While it seeks the picture before stands.
      picture: (this.#video.readyState >= 2 || this.#video.seeking) && this.#playback.played,
      rate: this.#video.playbackRate,
      back: this.#back,
    };
  }

  /** @param {number} at @returns {PlaybackState} */
  #stateAt(at) {
    const state = this.#playback.state(at);
    const early = state === "away" && !this.#playback.played && !(this.#options.begun?.() ?? false);
    return early ? "not_begun" : state;
  }

  // ---- building

  async #build() {
    this.#drop();
    try {
      const { default: Hls } = await import("hls.js");
      if (!this.#on || this.#hls || this.#follower) return;
      if (Hls.isSupported()) this.#buildHls(Hls);
      else if (this.#video.canPlayType("application/vnd.apple.mpegurl")) this.#buildNative();
      else this.#playback.unsupported = true;
    } catch {
      this.#fail("network", true); // the library itself could not be fetched
    }
  }

  /** @param {typeof import("hls.js").default} Hls */
  #buildHls(Hls) {
    const hls = new Hls(HLS);
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.#limit();
      this.#begin();
    });
    hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
      this.#playback.loaded();
      this.#tries = 0;
      this.#playback.ended = !details.live;
      this.#options.playlist?.(details.m3u8);
      this.#tell();
    });
    hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
      this.#remember(frag);
      this.#goBack();
    });
    hls.on(Hls.Events.ERROR, (_, data) => this.#hlsFailed(data));
    hls.loadSource(this.#url);
    hls.attachMedia(this.#video);
  }

  /** The browser's own player; its playlist is read beside it, for the launch and for what to say when it fails. */
  #buildNative() {
    const video = this.#video;
    this.#follower = playlistOf(this.#url, {
      came: (playlist) => {
        this.#playback.loaded();
        this.#playback.ended = playlist.includes("#EXT-X-ENDLIST");
        this.#options.playlist?.(playlist);
      },
      failed: (trouble) => this.#playback.failed(trouble),
    });
    video.src = this.#url;
    video.addEventListener("error", () => video.error && this.#fail("media", true), { signal: this.#listening.signal });
    this.#begin();
  }

  #drop() {
    if (this.#back) this.#resume ??= this.playingInstant();
    this.#hls?.destroy();
    this.#hls = null;
    this.#follower?.stop();
    this.#follower = null;
    if (this.#video.hasAttribute("src")) this.#video.removeAttribute("src");
    this.#map.clear();
    this.#playback.rebuilt();
    this.#nudged = false;
  }

  get #url() {
    return this.#options.url ?? "/live/programme.m3u8";
  }

  #begin() {
    this.#video.play().catch((error) => this.#refused(error));
  }

  /** @param {any} error */
  #refused(error) {
    if (error?.name !== "NotAllowedError") return; // a load in between: it begins again by itself
    if (!this.#video.muted) {
      // With sound it may not begin by itself: without it is better than not at all.
      this.#video.muted = true;
      this.#begin();
    } else this.#playback.blocked = true;
    this.#tell();
  }

  #limit() {
    const low = this.#quality === "low";
    this.#hls.capLevelToPlayerSize = !low;
    this.#hls.autoLevelCapping = low ? 0 : -1;
  }

  /** @param {any} frag */
  #remember(frag) {
    const video = frag.elementaryStreams?.video ?? frag.elementaryStreams?.audiovideo;
    const instant = frag.rawProgramDateTime ? instantOfDate(frag.rawProgramDateTime) : frag.programDateTime === null ? null : frag.programDateTime * 1000;
    if (frag.type !== "main" || instant === null) return;
    this.#map.add(video?.startPTS ?? frag.start, video?.endPTS ?? frag.end, instant);
  }

  /** Built anew while somebody looked back: to where they were, as long as that is kept. */
  #goBack() {
    if (this.#resume === null) return;
    const position = positionOf(this.#hls.latestLevelDetails?.fragments ?? [], this.#resume);
    this.#resume = null;
    if (position === null) this.#back = false;
    else this.#seek(position);
  }

  // ---- failing and coming back

  /** @param {any} data */
  #hlsFailed(data) {
    if (data.type === "networkError") {
      if (data.fatal || data.details !== "fragLoadError") this.#playback.failed(troubleOf(data));
      if (data.fatal) this.#fail(troubleOf(data), this.#tries >= 2 || !this.#playback.played);
    } else if (data.fatal && data.type === "mediaError") this.#mend();
    else if (data.fatal) this.#fail("media", true);
  }

  #mend() {
    const at = performance.now();
    this.#mended = this.#mended.filter((before) => at - before < MENDED_WITHIN);
    if (this.#mended.length >= MENDED_MOST) {
      this.#fail("media", true);
      return;
    }
    this.#mended.push(at);
    this.#hls.recoverMediaError();
    this.#begin();
  }

  /** Try again after a while, that grows. @param {import("../models/playback.js").Trouble} trouble @param {boolean} anew */
  #fail(trouble, anew) {
    this.#playback.failed(trouble);
    clearTimeout(this.#again);
    const so = { tries: this.#tries, open: performance.now() - this.#openedAt, played: this.#playback.played };
    this.#tries += 1;
    this.#again = setTimeout(() => this.#retry(anew), againIn(so));
    this.#tell();
  }

  /** @param {boolean} anew */
  #retry(anew) {
    this.#again = undefined;
    if (!this.#on) return;
    if (anew || !this.#hls) void this.#build();
    else this.#hls.startLoad(this.#back ? this.#video.currentTime : -1);
  }

  /** The network is back, or somebody looks again: do not wait. */
  #hurry() {
    this.#look();
    if (this.#again === undefined) return;
    clearTimeout(this.#again);
    this.#tries = 0;
    this.#retry(true);
  }

  // ---- looking at itself

  #look() {
    const video = this.#video;
    const at = performance.now();
    const slept = at - this.#lookedAt > SLEPT;
    this.#lookedAt = at;
    this.#playback.look(at, {
      position: video.currentTime,
      frames: this.#frames,
      paused: video.paused,
      visible: document.visibilityState === "visible",
      online: navigator.onLine,
    });
    if (this.#playback.state(at) === "playing") this.#measure();
    this.#keepPace(at, slept);
    this.#watchdog(at);
    this.#tell();
  }

  #measure() {
    const now = this.#options.instant?.() ?? null;
    const playing = this.playingInstant();
    this.#latency = now === null || playing === null ? null : Math.max(0, now - playing);
    this.#nudged = false;
  }

  /** @param {number} at @param {boolean} slept */
  #keepPace(at, slept) {
    if (this.#video.paused || !this.#playback.played) return;
    if (this.#back && this.#resume === null && this.behindLive < 1) this.#back = false; // what was looked at is kept no more
    if (this.#back) {
      this.#video.playbackRate = 1;
      return;
    }
    const wanted = wantedBehind(this.#playback.remembered(at));
    const told = pace({ behind: this.#behind(), ahead: this.#ahead(), rate: this.#video.playbackRate, wanted });
    if (this.#video.playbackRate !== told.rate) this.#video.playbackRate = told.rate;
    if (told.seek || slept) this.#toEdge(slept);
  }

  /** @param {number} at */
  #watchdog(at) {
    const stood = this.#playback.stoodFor(at);
    if (this.#playback.state(at) !== "stalled" || stood < NUDGE_AFTER || this.#again !== undefined) return;
    if (stood > REBUILD_AFTER && Number.isFinite(stood)) this.#fail("media", true);
    else if (!this.#nudged) {
      this.#nudged = true;
      this.#toEdge(false);
      this.#begin();
    }
  }

  /** @param {boolean} ifFar only where the position is far from where it should be */
  #toEdge(ifFar) {
    if (this.#back) return;
    const behind = this.#behind();
    if (behind === null) return;
    const back = behind - wantedBehind(0);
    if (ifFar && Math.abs(back) < 2) return;
    this.#video.currentTime += Math.max(0, back);
  }

  /** @param {number} position */
  #seek(position) {
    this.#video.currentTime = position;
    this.#video.playbackRate = 1;
    this.#playback.sought(performance.now());
    this.#begin();
  }

  /** How far the position is behind the newest picture that is to be had, in seconds. */
  #behind() {
    if (this.#hls) return this.#hls.latestLevelDetails ? this.#hls.latency : null;
    const { seekable, currentTime } = this.#video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) - currentTime : null;
  }

  #ahead() {
    const { buffered, currentTime } = this.#video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index)) return buffered.end(index) - currentTime;
    }
    return 0;
  }

  /** @param {number} mediaTime */
  #instantOf(mediaTime) {
    if (this.#hls) return this.#map.instantOf(mediaTime);
    const date = /** @type {any} */ (this.#video).getStartDate?.().getTime() ?? NaN;
    return Number.isNaN(date) ? null : Math.round(date * 1000 + mediaTime * 1_000_000);
  }

  #tell() {
    const status = this.status;
    const summary = `${status.state} ${status.muted} ${status.quality} ${status.picture} ${status.back} ${Math.round((status.latency ?? -1) / 100_000)}`;
    if (summary === this.#told) return;
    this.#told = summary;
    this.#options.changed?.(status);
  }
}
