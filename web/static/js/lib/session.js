// A device's end of the site link, without I/O: the mirror of site_agent/link/session.py (its diagram and its promises), held to it
// by shared vectors. Text frames, probes' answers and `now` go in; text frames, probes and events come out.

import { Retry } from "./backoff.js";
import { CodecError, decodeFromServer, encode } from "./codec.js";
import { Prober } from "./prober.js";
import { UnsettledReports } from "./reports.js";

export const SILENCE = 25_000_000;
export const GREETING_TIMEOUT = 10_000_000;
export const RECEIPT_AGAIN = 5_000_000;

/**
 * @typedef {import("./messages.js").Message} Message
 * @typedef {import("./messages.js").Welcome} Welcome
 * @typedef {import("./prober.js").TimeProbe} TimeProbe
 * @typedef {import("./reports.js").ReportItem} ReportItem
 * @typedef {"waiting" | "connecting" | "greeting" | "open" | "fenced" | "stopped"} State
 */

/**
 * What a session tells its shell. `arrived` carries a message that is the shell's business; `close` asks to close the transport.
 * @typedef {{event: "opened", welcome: Welcome}
 *   | {event: "arrived", message: Message}
 *   | {event: "reports_settled", outcomes: import("./reports.js").ReportOutcome[]}
 *   | {event: "receipt_settled", id: string}
 *   | {event: "clock_changed", change: import("./clock.js").ClockChange}
 *   | {event: "skipped", code: string, detail: string}
 *   | {event: "close", reason: string}} Event
 * @typedef {{messages: string[], probes: TimeProbe[], events: Event[]}} Turn what to do now, in this order
 */

export class ClientSession {
  #random;
  #udp;
  #retry;
  /** @type {string[]} */
  #messages = [];
  /** @type {TimeProbe[]} */
  #probes = [];
  /** @type {Event[]} */
  #events = [];
  /** @type {number | null} */
  #connectAt = null;
  #heardAt = 0;
  #welcomedAt = 0;
  #heartbeatAt = 0;
  #heartbeatSeq = 0;
  /** @type {Map<string, Message>} */
  #receipts = new Map();
  /** @type {number | null} */
  #receiptsAgainAt = null;
  /** @type {State} set by this class alone */
  state = "stopped";
  /** The last welcome; null before the first. @type {Welcome | null} */
  welcome = null;
  /** What the next heartbeat says of the device; set by the shell. @type {import("./messages.js").Health} */
  health = {};
  /** The device's wall clock minus its monotonic clock; set by the shell. @type {number | null} */
  wallOffset = null;
  /** What the shell has just measured; told once. @type {{up_kbps: number | null, down_kbps: number | null} | null} */
  throughput = null;
  /** How the programme plays here, asked at each heartbeat; null where it does not. @type {() => import("./messages.js").PlaybackReport | null} */
  playback = () => null;
  reports = new UnsettledReports();

  /**
   * @param {import("./clock.js").DeviceClock} clock
   * @param {() => number} random
   * @param {{udp?: boolean, firstProbe?: number}} [options]
   */
  constructor(clock, random, { udp = false, firstProbe = 0 } = {}) {
    this.clock = clock;
    this.prober = new Prober(clock, random, firstProbe);
    this.#random = random;
    this.#udp = udp;
    this.#retry = new Retry(random);
  }

  // ---- what the shell says

  /** Begin: dial at a moment drawn from [now, now + within]. @param {number} now @param {number} [within] */
  start(now, within = 0) {
    this.state = "waiting";
    this.#connectAt = now + Math.floor(within * this.#random());
  }

  /** Never again by itself; the shell closes the transport. */
  stop() {
    this.#leave("stopped");
  }

  /** The user wants this device back after it was fenced. @param {number} now */
  resume(now) {
    if (this.state === "fenced") this.start(now);
  }

  /** The network is said to be back: do not wait out the back-off. Of the page only; an agent has no such news. @param {number} now */
  hurry(now) {
    if (this.state === "waiting") this.#connectAt = now;
  }

  /** The shell dials. */
  connecting() {
    this.state = "connecting";
    this.#connectAt = null;
  }

  /** The transport is open: greet with a freshly signed hello. @param {Message} hello @param {number} now */
  opened(hello, now) {
    this.state = "greeting";
    this.#heardAt = now;
    this.#messages.push(encode(hello));
  }

  /** The transport ended, or the dialling failed: wait and dial again. @param {number} now */
  closed(now) {
    if (this.state !== "connecting" && this.state !== "greeting" && this.state !== "open") return;
    this.#leave("waiting");
    this.#connectAt = now + this.#retry.nextWait();
  }

  /**
   * Report items that are already on disk; also used to restore those left from before.
   * @param {ReportItem[]} items
   * @param {number} now
   * @throws {CodecError} an item does not fit into a message
   */
  report(items, now) {
    this.reports.add(items);
    this.#sendReports(now);
  }

  /** Send a receipt until it is acknowledged; also used to restore those left from before. @param {Message} receipt @param {number} now */
  receipt(receipt, now) {
    this.#receipts.set(receipt.id, receipt);
    if (this.state !== "open") return;
    this.#messages.push(encode(receipt));
    this.#receiptsAgainAt ??= now + RECEIPT_AGAIN;
  }

  /** Send at once, or not at all (false): for what is true now only. @param {Message} message */
  send(message) {
    if (this.state !== "open") return false;
    this.#messages.push(encode(message));
    return true;
  }

  /** Take one message; `now` was read on the first line of the handler. @param {string} data @param {number} now */
  receive(data, now) {
    if (this.state !== "greeting" && this.state !== "open") return;
    this.#heardAt = now;
    try {
      this.#takeMessage(decodeFromServer(data), now);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#events.push({ event: "skipped", code: error.code, detail: error.message });
    }
  }

  /** Take the answer to a probe. @param {number} probe @param {number} received @param {number} sent @param {number} arrived */
  answer(probe, received, sent, arrived) {
    const change = this.prober.answer(probe, received, sent, arrived);
    if (change !== "nothing") this.#events.push({ event: "clock_changed", change });
  }

  // ---- what the shell does

  /** Let time pass up to `now`. @param {number} now */
  tick(now) {
    if (this.state === "greeting" && now - this.#heardAt >= GREETING_TIMEOUT) this.#hangUp("no_welcome", now);
    else if (this.state === "open" && now - this.#heardAt >= SILENCE) this.#hangUp("silent", now);
    else if (this.state === "open") this.#tickOpen(now);
  }

  /** When `tick` (or, while waiting, dialling) is due; null: not before something happens. @returns {number | null} */
  wakeAt() {
    if (this.state === "waiting") return this.#connectAt;
    if (this.state === "greeting") return this.#heardAt + GREETING_TIMEOUT;
    if (this.state !== "open") return null;
    const times = [this.prober.wakeAt(), this.reports.wakeAt(), this.#receiptsAgainAt].filter((time) => time !== null);
    return Math.min(this.#heartbeatAt, this.#heardAt + SILENCE, .../** @type {number[]} */ (times));
  }

  /** What has gathered since the last call. @returns {Turn} */
  take() {
    const turn = { messages: this.#messages, probes: this.#probes, events: this.#events };
    this.#messages = [];
    this.#probes = [];
    this.#events = [];
    return turn;
  }

  /** The ceremony's instant as well as the device knows it: by its clock, else by the last welcome, else null. @param {number} now */
  instant(now) {
    const told = this.clock.instant(now);
    return told === null && this.welcome !== null ? this.welcome.now + (now - this.#welcomedAt) : told;
  }

  // ---- inside

  /** @param {Message} message @param {number} now */
  #takeMessage(message, now) {
    if (message.type === "reconnect") this.#reconnect(message, now);
    else if (message.type === "notice") this.#events.push({ event: "arrived", message });
    else if (message.type === "welcome" && this.state === "greeting") this.#open(/** @type {any} */ (message), now);
    else if (message.type === "welcome" || this.state === "greeting") {
      this.#events.push({ event: "skipped", code: "unexpected", detail: message.type });
    } else if (message.type === "ack") this.#settle(message.outcomes, now);
    else if (message.type === "time_reply") {
      this.clock.follow(message.clock_id);
      this.answer(message.probe, message.received, message.sent, now);
    } else {
      this.#noteCue(message, now);
      this.#events.push({ event: "arrived", message });
    }
  }

  /** @param {Welcome} welcome @param {number} now */
  #open(welcome, now) {
    this.state = "open";
    this.welcome = welcome;
    this.#welcomedAt = now;
    this.#retry.welcomed();
    this.#retry.backoff = welcome.backoff;
    this.#heartbeatSeq = 0;
    this.#heartbeatAt = now + Math.floor(welcome.heartbeat_every * this.#random());
    if (welcome.time_service !== null) this.clock.follow(welcome.time_service.clock_id);
    this.prober.setPolling(Boolean(welcome.prepare?.polling), now);
    this.prober.start(now, this.#udp && welcome.time_service !== null);
    this.#events.push({ event: "opened", welcome });
    this.#sendReports(now);
    this.#sendReceipts(now);
  }

  /** @param {number} now */
  #tickOpen(now) {
    for (const probe of this.prober.due(now)) this.#sendProbe(probe);
    if (now >= this.#heartbeatAt) this.#sendHeartbeat(now);
    this.#sendReports(now);
    if (this.#receiptsAgainAt !== null && now >= this.#receiptsAgainAt) this.#sendReceipts(now);
  }

  /** @param {number} now */
  #sendHeartbeat(now) {
    const welcome = /** @type {Welcome} */ (this.welcome);
    this.prober.expire(now);
    const offset = this.clock.offset(now);
    this.#messages.push(
      encode({
        type: "heartbeat",
        seq: this.#heartbeatSeq,
        sent_at: this.instant(now) ?? welcome.now,
        ...this.prober.meter.quality(),
        clock_offset: offset === null || this.wallOffset === null ? null : offset - this.wallOffset,
        clock_bound: this.clock.bound(now),
        health: this.health,
        playback: this.playback(),
        outbox: this.reports.size,
        up_kbps: this.throughput?.up_kbps ?? null,
        down_kbps: this.throughput?.down_kbps ?? null,
      }),
    );
    this.throughput = null;
    this.#heartbeatSeq += 1;
    this.#heartbeatAt = now + Math.floor(welcome.heartbeat_every * (0.9 + 0.2 * this.#random()));
    this.#sendProbe(this.prober.single(now));
  }

  /** @param {TimeProbe} probe */
  #sendProbe(probe) {
    if (probe.udp) this.#probes.push(probe);
    else this.#messages.push(encode({ type: "time_request", probe: probe.probe, origin: probe.origin }));
  }

  /** @param {number} now */
  #sendReports(now) {
    if (this.state !== "open") return;
    const items = this.reports.due(now);
    if (items !== null) this.#messages.push(encode({ type: "report", items }));
  }

  /** @param {number} now */
  #sendReceipts(now) {
    for (const receipt of this.#receipts.values()) this.#messages.push(encode(receipt));
    this.#receiptsAgainAt = this.#receipts.size > 0 ? now + RECEIPT_AGAIN : null;
  }

  /** @param {import("./reports.js").ReportOutcome[]} outcomes @param {number} now */
  #settle(outcomes, now) {
    for (const { id } of outcomes) {
      if (this.#receipts.delete(id)) this.#events.push({ event: "receipt_settled", id });
    }
    if (this.#receipts.size === 0) this.#receiptsAgainAt = null;
    const settled = this.reports.settle(outcomes);
    if (settled.length > 0) this.#events.push({ event: "reports_settled", outcomes: settled });
    this.#sendReports(now);
  }

  /** @param {Message} message @param {number} now */
  #noteCue(message, now) {
    if (message.type === "cue_prepare") this.prober.setPolling(message.polling, now);
    else if (message.type === "cue_cleared") this.prober.setPolling(false, now);
  }

  /** @param {Message} message @param {number} now */
  #reconnect(message, now) {
    this.#events.push({ event: "close", reason: message.reason });
    this.#leave(message.fenced ? "fenced" : "waiting");
    if (!message.fenced) this.#connectAt = now + message.after + Math.floor(message.spread * this.#random());
  }

  /** @param {string} reason @param {number} now */
  #hangUp(reason, now) {
    this.#events.push({ event: "close", reason });
    this.closed(now);
  }

  /** @param {State} state */
  #leave(state) {
    this.state = state;
    this.#connectAt = null;
    this.#messages = [];
    this.#probes = [];
    this.prober.stop();
    this.reports.disconnected();
    this.#receiptsAgainAt = null;
  }
}
