// The full agent of a page: one device of a site, with its own key, session, outbox, clock, orders and receipts. The shell around
// session.js and cue_runner.js; pages see `status`, `outbox`, and what the cue shows through their Output.

import { command } from "./api.js";
import { DeviceClock } from "./clock.js";
import { CueRunner } from "./cue_runner.js";
import { enrol, hello, lastingFailure } from "./enrolment.js";
import { deviceName, loadKey } from "./keys.js";
import { SUBPROTOCOL } from "./messages.js";
import { Outbox } from "./outbox.js";
import { Pins } from "./pins.js";
import { Readiness } from "./readiness.js";
import { ClientSession } from "./session.js";
import { watchThroughput } from "./throughput.js";
import { Alarm, frameAt, monotonic, SleepWatch, wallOffset } from "./timekeeping.js";

/** The session is woken at least this often, to notice sleep and hidden tabs. */
const LOOK_EVERY = 1_000_000;
/** A transport that is given up is closed from here if it is still open after this, in ms. */
const CLOSE_AFTER = 1500;

/**
 * @typedef {import("./messages.js").Message} Message
 * @typedef {import("./messages.js").Welcome} Welcome
 * @typedef {import("./messages.js").CuePrepare} CuePrepare
 * @typedef {import("./messages.js").Part} Part
 */

/**
 * `link`: where the device stands. `connecting` also while it waits to dial again; `revoked` and `refused` do not come back by
 * themselves, `fenced` when asked to; `keys_changed`: the ceremony's keys are not those this browser pinned.
 * @typedef {object} Status
 * @property {"starting" | "connecting" | "open" | "fenced" | "revoked" | "expired" | "refused" | "keys_changed"} link
 * @property {string} detail words of the centre, where it gave some
 * @property {boolean} wasOpen it was connected before
 * @property {Part | null} part
 * @property {CuePrepare | null} prepare the cue that is being prepared or polled
 * @property {boolean} clockReady
 */

/**
 * @typedef {object} Options
 * @property {string} as
 * @property {string} site
 * @property {"site" | "stage"} page
 * @property {"companion" | "effector"} part what the device begins as
 * @property {import("./storage.js").Storage} storage
 * @property {import("./unlock.js").Unlock} unlock
 * @property {import("./cue_runner.js").Output} output
 * @property {() => string[]} [assets] what of the prepared cue is not here yet, as `asset:NAME`
 * @property {() => import("./cue_runner.js").Following | null} [following] the programme's picture, where this site goes by it
 * @property {() => import("./messages.js").PlaybackReport | null} [playback] how the programme plays here; null where it does not
 * @property {(notice: Message) => void} [notice] words from the centre
 */

export class SiteDevice {
  #options;
  #name;
  #clock = new DeviceClock();
  #session = new ClientSession(this.#clock, Math.random);
  #alarm = new Alarm(() => this.#wake());
  #sleep = new SleepWatch();
  /** @type {CueRunner} */
  #runner;
  /** @type {Readiness} */
  #readiness;
  /** @type {WebSocket | null} */
  #socket = null;
  #enrolled = false;
  /** The enrolment under way. @type {Promise<boolean> | null} */
  #enrolling = null;
  /** Opens `#ready`. */
  #isReady = () => {};
  /** The key is loaded. @type {Promise<void>} */
  #ready = new Promise((resolve) => (this.#isReady = resolve));
  #dialling = false;
  #listeners = /** @type {Set<() => void>} */ (new Set());
  #pins;
  /** Set before `start` returns. @type {import("./signed.js").SigningKey} */
  key = /** @type {any} */ (null);
  /** @type {Status} */
  status = { link: "starting", detail: "", wasOpen: false, part: null, prepare: null, clockReady: false };
  /** @type {Outbox} */
  outbox;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#name = deviceName(options.as, `${options.page}:${options.site}`);
    this.outbox = new Outbox(options.storage, this.#name);
    this.#pins = new Pins(options.storage, this.#name);
    this.#runner = new CueRunner(this.#host(), options.output);
    this.#readiness = new Readiness(options.unlock, (message) => this.#send(message), options.assets ?? (() => []));
  }

  /** @param {() => void} listener called after every change of `status` */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** The ceremony's instant, as well as this device knows it; null before it ever heard from the centre. @param {number} [reading] */
  instant(reading = monotonic()) {
    return this.#session.instant(reading);
  }

  /**
   * Load what this browser kept, and connect.
   * @param {string} ceremonyId of the feed, or what was pinned before
   */
  async start(ceremonyId) {
    const { storage } = this.#options;
    this.key = await loadKey(storage, this.#name);
    this.#isReady();
    await this.#pins.load(ceremonyId);
    await this.outbox.load();
    await this.#runner.start();
    this.#session.report(this.outbox.ready.map(asItem), monotonic());
    for (const receipt of await storage.all("receipts", `${this.#name}/`)) this.#session.receipt(receipt, monotonic());
    this.#watchTheBrowser();
    const free = () => this.#session.state === "open" && this.status.prepare === null && !this.#runner.loaded;
    watchThroughput(this.#options.as, free, (found) => (this.#session.throughput = found));
    this.#session.playback = this.#options.playback ?? (() => null);
    this.#session.start(monotonic());
    this.#become({ link: "connecting" });
    this.#pump();
  }

  /**
   * Report something: on disk when this resolves, sent as soon as there is a session.
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   */
  async report(kind, fields) {
    const own = Date.now() * 1000;
    const now = this.instant();
    const entry = await this.outbox.add(kind, fields, now ?? own, { device_at: own, ...(now === null ? { unset: true } : {}) });
    if (now !== null) this.#session.report([asItem(entry)], monotonic());
    else if (this.instant() !== null) await this.#setClock();
    this.#pump();
    return entry;
  }

  /** The first welcome tells the time: what was typed before it gets its right time, and goes. */
  async #setClock() {
    const now = this.instant();
    if (now === null) return;
    const right = await this.outbox.setClock(now - Date.now() * 1000);
    this.#session.report(right.map(asItem), monotonic());
    if (right.length > 0) this.#pump();
  }

  /** Make this device the hall's screen; a tap that comes before the centre knows the device waits for that. @throws {import("./api.js").Problem} */
  async takeScreen() {
    await this.#ready;
    await this.#enrol();
    await command({ kind: "take_screen", site: this.#options.site, device: this.key.id });
    // The centre opens the session anew by itself: the welcome tells the part, and what is prepared.
    this.#become({ part: "screen" });
  }

  /** The feed tells what this device is now: another one may have been made the screen. @param {Part} part */
  partTold(part) {
    if (this.status.link === "open" && part !== this.status.part) this.#become({ part });
  }

  /** The user wants this tab back after another one took the device over. */
  async resume() {
    await this.outbox.load();
    await this.#runner.start();
    this.#session.report(this.outbox.ready.map(asItem), monotonic());
    this.#session.resume(monotonic());
    this.#become({ link: "connecting" });
    this.#pump();
  }

  /** The person at the device agrees to forget what this browser pinned and kept of another ceremony, or of other keys. */
  async forget() {
    await this.#pins.forget();
    await this.outbox.load();
  }

  // ---- the transport

  #wake() {
    if (this.#sleep.noticed()) this.#disturbed();
    const now = monotonic();
    if (this.#session.state === "waiting" && now >= (this.#session.wakeAt() ?? Infinity)) void this.#dial();
    else this.#session.tick(now);
    this.#pump();
  }

  /** Send, act on events, and set the next alarm. */
  #pump() {
    const turn = this.#session.take();
    for (const message of turn.messages) this.#socket?.send(message);
    for (const event of turn.events) this.#happened(event);
    this.outbox.markSent(this.#session.reports.underWay);
    this.#readiness.look(this.#clock.ready ? this.#clock.bound(monotonic()) : null);
    const due = this.#session.wakeAt();
    this.#alarm.set(Math.min(LOOK_EVERY, due === null ? LOOK_EVERY : due - monotonic()));
    if (this.#clock.ready !== this.status.clockReady) this.#become({ clockReady: this.#clock.ready });
  }

  async #dial() {
    if (this.#dialling) return;
    this.#dialling = true;
    this.#session.connecting();
    try {
      await this.#enrol();
      if (this.#session.state === "connecting") this.#open();
    } catch (error) {
      this.#notEnrolled(error);
    } finally {
      this.#dialling = false;
    }
    this.#pump();
  }

  /** Enrol once, however many ask. */
  async #enrol() {
    if (this.#enrolled) return;
    this.#enrolling ??= enrol(this.#options.site, this.key, this.#options.part).finally(() => (this.#enrolling = null));
    this.#enrolled = await this.#enrolling;
  }

  /** @param {unknown} error */
  #notEnrolled(error) {
    const lasting = lastingFailure(error);
    if (lasting === null) {
      this.#session.closed(monotonic());
      return;
    }
    this.#session.stop();
    this.#become(lasting);
  }

  #open() {
    const url = new URL("/ws/site", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("as", this.#options.as);
    const socket = new WebSocket(url, SUBPROTOCOL);
    let opened = false;
    this.#socket = socket;
    socket.onopen = () => {
      opened = true;
      void this.#greet(socket);
    };
    socket.onmessage = (event) => {
      const now = monotonic();
      if (socket !== this.#socket) return;
      this.#session.receive(event.data, now);
      this.#pump();
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      // A refused upgrade looks like a lost network to a page; enrolling again tells which of the two it was.
      if (!opened) this.#enrolled = false;
      this.#closed();
    };
  }

  /** @param {WebSocket} socket */
  async #greet(socket) {
    const { storage, site } = this.#options;
    const ceremonyId = this.#pins.current?.ceremony_id ?? "";
    const first = await hello(storage, { name: this.#name, site, ceremonyId, key: this.key });
    if (socket !== this.#socket) return;
    this.#session.opened(first, monotonic());
    this.#pump();
  }

  #closed() {
    this.#session.closed(monotonic());
    this.outbox.markUnsent();
    if (this.#session.state === "waiting") this.#become({ link: "connecting" });
    this.#pump();
  }

  /** @param {string} reason */
  #reconnect(reason) {
    this.#drop(reason);
    this.#session.closed(monotonic());
    this.#session.hurry(monotonic());
    this.outbox.markUnsent();
    this.#pump();
  }

  /** @param {string} reason */
  #drop(reason) {
    const socket = this.#socket;
    this.#socket = null;
    // The centre that says goodbye closes too; answering its close with another one is an error to browsers.
    setTimeout(() => socket?.close(1000, reason.slice(0, 100)), CLOSE_AFTER);
  }

  // ---- what the session tells

  /** @param {import("./session.js").Event} event */
  #happened(event) {
    if (event.event === "opened") void this.#welcomed(event.welcome);
    else if (event.event === "arrived") this.#arrived(event.message);
    else if (event.event === "reports_settled") void this.outbox.settle(event.outcomes);
    else if (event.event === "receipt_settled") {
      void this.#options.storage.write([{ store: "receipts", key: `${this.#name}/${event.id}` }]);
    } else if (event.event === "clock_changed") this.#runner.clockChanged();
    else if (event.event === "skipped") console.warn("site link: skipped", event.code, event.detail);
    else if (event.event === "close") this.#hungUp(event.reason);
  }

  /** @param {string} reason */
  #hungUp(reason) {
    this.#drop(reason);
    this.outbox.markUnsent();
    if (this.#session.state !== "fenced") {
      this.#become({ link: "connecting" });
      return;
    }
    // The centre closes for good in the same words as when another tab takes over; the reason tells them apart.
    const link = ({ revoked: "revoked", site_removed: "refused" })[reason] ?? "fenced";
    if (link === "fenced") this.#runner.stop();
    this.#become({ link: /** @type {Status["link"]} */ (link), prepare: null });
  }

  /** @param {Welcome} welcome */
  async #welcomed(welcome) {
    if (!(await this.#pins.accept(welcome.ceremony))) {
      this.#session.stop();
      this.#drop("keys_changed");
      this.#become({ link: "keys_changed" });
      return;
    }
    this.#become({ link: "open", wasOpen: true, detail: "", part: welcome.part });
    this.#prepare(welcome.prepare);
    this.#runner.welcome(welcome);
    void this.#setClock();
    this.#pump();
  }

  /** @param {Message} message */
  #arrived(message) {
    if (message.type === "cue_prepare") this.#prepare(/** @type {any} */ (message));
    else if (message.type === "cue_cleared") this.#prepare(null);
    else if (message.type === "cue_order") void this.#runner.order(message.order).then(() => this.#discipline());
    else if (message.type === "cue_abort") void this.#runner.abort(message.abort).then(() => this.#discipline());
    else if (message.type === "notice") this.#options.notice?.(message);
  }

  /** @param {CuePrepare | null} prepare */
  #prepare(prepare) {
    this.#readiness.cue = this.status.part === "companion" ? null : prepare;
    this.#become({ prepare });
  }

  /** No steps from the loaded order to its receipt; before, a bad first estimate must still be mended (ops/decisions/0004). */
  #discipline() {
    if (!this.#runner.loaded) {
      if (this.#clock.slewOnly) this.#clock.allowSteps(monotonic());
    } else if (this.#clock.known && !this.#clock.slewOnly) this.#clock.forbidSteps(monotonic());
  }

  // ---- the browser

  #watchTheBrowser() {
    const seen = () => {
      this.#session.health = this.#options.unlock.health();
      this.#session.wallOffset = wallOffset();
      this.#wake();
    };
    this.#options.unlock.listen(seen);
    window.addEventListener("online", () => {
      this.#session.hurry(monotonic());
      this.#wake();
    });
    document.addEventListener("visibilitychange", seen);
    seen();
  }

  /** The machine slept: its monotonic clock may have stood still, and the socket is likely dead. */
  #disturbed() {
    this.#session.wallOffset = wallOffset();
    this.#clock.disturbed();
    if (this.#session.state === "open" || this.#session.state === "greeting") this.#reconnect("sleep");
  }

  /** @param {Message} message */
  #send(message) {
    const sent = this.#session.send(message);
    // Not at once: this may be called from within a turn.
    if (sent) queueMicrotask(() => this.#pump());
    return sent;
  }

  /** @returns {import("./cue_runner.js").Host} */
  #host() {
    const device = this;
    return {
      name: this.#name,
      site: this.#options.site,
      get key() {
        return device.key;
      },
      storage: this.#options.storage,
      pinned: () => this.#pins.current,
      monotonic,
      instant: (reading) => this.#session.instant(reading),
      reading: (instant) => this.#readingOf(instant),
      bound: () => this.#clock.bound(monotonic()),
      frameAt,
      following: () => this.#options.following?.() ?? null,
      later,
      answer: (message) => void this.#send(message),
      receipt: (message) => {
        this.#session.receipt(message, monotonic());
        this.#pump();
        this.#discipline();
      },
    };
  }

  /** @param {number} instant */
  #readingOf(instant) {
    const now = monotonic();
    const told = this.#clock.reading(instant, now);
    const current = this.#session.instant(now);
    return told ?? (current === null ? null : now + (instant - current));
  }

  /** @param {Partial<Status>} change */
  #become(change) {
    this.status = { ...this.status, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** @param {() => void} work @param {number} after */
function later(work, after) {
  const alarm = new Alarm(work);
  alarm.set(after);
  return () => alarm.clear();
}

/** @param {import("./outbox.js").Entry} entry */
function asItem({ id, kind, occurred_at, fields, device_at }) {
  return { id, kind, occurred_at, fields, ...(device_at === undefined ? {} : { device_at }) };
}
