// The feed client: rows of the ceremony as they change, over one WebSocket (`diemcau.feed.v1`, DESIGN §4).
//
// Every feed is a Map of key → row. After a snapshot the listener is told `null` (everything may differ), after changes
// the set of keys that changed. A gap in the offsets, or another feed_id, asks for a fresh snapshot for that feed alone.
//
// A large feed's snapshot is taken by HTTP, packed; the socket then goes on from the offset that stands in it. Where
// that fails, the socket's own snapshot is asked for.

import { unpack } from "../models/packed_rows.js";
import { said } from "./said.js";

const SUBPROTOCOL = "diemcau.feed.v1";
/** Data older than this is shown as old. The server gives a sign of life every 5 s. */
export const STALE_AFTER = 15_000;
/** A socket silent for this long is given up: phones leave dead ones open for minutes. */
const SILENT_AFTER = 20_000;
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 15_000;
/** The clock estimate uses the fastest of this many messages. */
const CLOCK_SAMPLES = 12;

/**
 * @typedef {Map<string, any>} Rows
 * @typedef {(rows: Rows, changed: Set<string> | null) => void} FeedListener
 * @typedef {{code: string, detail: string}} FeedProblem
 * @typedef {"connecting" | "live" | "lost" | "ended"} Connection `ended`: the link no longer opens this; no more tries
 * @typedef {{connection: Connection, stale: boolean, age: number | null}} FeedStatus `age` in ms since the last sign of life
 * @typedef {{name: string, rows: Rows, feedId: string, offset: number, listeners: Set<FeedListener>,
 *   problem: ((problem: FeedProblem) => void) | undefined, loaded: boolean, waiting: boolean, fetching: boolean}} Feed
 */

export class FeedClient {
  /**
   * @param {{as?: string, url?: string, connect?: (url: string, protocol: string) => WebSocket, monotonic?: () => number,
   *   mayReturn?: () => Promise<boolean>, packed?: Record<string, () => Promise<import("../models/packed_rows.js").Packed>>}} [options]
   *   `connect` may give a socket whose messages come read (lib/feed_socket.js); `packed` fetches the snapshot of a feed; `mayReturn` is asked after a connection that never opened: false means
   *   that the link was revoked.
   */
  constructor({ as = "", url, connect, monotonic, mayReturn, packed = {} } = {}) {
    this._url = url ?? defaultUrl(as);
    this._connect = connect ?? ((address, protocol) => new WebSocket(address, protocol));
    this._monotonic = monotonic ?? (() => performance.now());
    this._mayReturn = mayReturn ?? (async () => true);
    this._packed = packed;
    /** @type {Map<string, Feed>} */
    this._feeds = new Map();
    /** @type {Set<(status: FeedStatus) => void>} */
    this._watchers = new Set();
    /** @type {number[]} server µs minus local µs, of the last messages */
    this._clock = [];
    /** @type {WebSocket | null} */
    this._socket = null;
    /** @type {number | null} */
    this._heard = null;
    this._dialled = 0;
    this._failures = 0;
    /** @type {Connection} */
    this._connection = "connecting";
    this._told = "";
    /** @type {string | null} what this page says of itself */
    this._saying = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._retry = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._timer = undefined;
  }

  /**
   * Follow a feed; the listener is called at once if rows are already here.
   * @param {string} name
   * @param {FeedListener} listener
   * @param {(problem: FeedProblem) => void} [problem]
   * @returns {() => void} stops listening
   */
  subscribe(name, listener, problem) {
    let feed = this._feeds.get(name);
    if (!feed) {
      feed = { name, rows: new Map(), feedId: "", offset: 0, listeners: new Set(), problem, loaded: false, waiting: false, fetching: false };
      this._feeds.set(name, feed);
      this._ask(feed);
    }
    feed.listeners.add(listener);
    if (feed.loaded) listener(feed.rows, null);
    return () => this._leave(name, listener);
  }

  /**
   * Hear about the connection: at once, and whenever it or the staleness of the data changes.
   * @param {(status: FeedStatus) => void} watcher
   */
  watch(watcher) {
    this._watchers.add(watcher);
    watcher(this.status());
  }

  /**
   * Say something of this page (`{editing: …}`), now and after every reconnection, until something else is said.
   * @param {Record<string, unknown>} message
   */
  tell(message) {
    this._saying = JSON.stringify(message);
    if (this._socket?.readyState === 1) this._socket.send(this._saying);
  }

  /** Open the socket and keep it open. */
  open() {
    this._timer ??= setInterval(() => this._tick(), 1000);
    this._dial();
    if (typeof window !== "undefined") {
      window.addEventListener("online", () => this._hurry());
      document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this._hurry());
    }
  }

  /** Close for good. */
  close() {
    clearInterval(this._timer);
    clearTimeout(this._retry);
    this._timer = undefined;
    this._connection = "ended";
    this._socket?.close();
    this._socket = null;
  }

  /** @returns {FeedStatus} */
  status() {
    const age = this._heard === null ? null : this._monotonic() - this._heard;
    return { connection: this._connection, stale: age !== null && age > STALE_AFTER, age };
  }

  /**
   * The ceremony clock's instant in microseconds, as near as one-way messages tell it (late by the fastest message's
   * travel); the device's own clock until the first message.
   */
  now() {
    if (this._clock.length === 0) return Date.now() * 1000;
    return Math.round(this._monotonic() * 1000 + Math.max(...this._clock));
  }

  /** True once the ceremony clock is known. */
  get knowsTime() {
    return this._clock.length > 0;
  }

  /** @param {Feed} feed */
  _ask(feed) {
    if (feed.fetching) return;
    if (!feed.feedId && this._packed[feed.name]) void this._fetch(feed);
    else this._subscribe(feed);
  }

  /** @param {Feed} feed */
  _subscribe(feed) {
    if (this._socket?.readyState !== 1) return;
    feed.waiting = !feed.feedId;
    const resume = feed.feedId ? { feed_id: feed.feedId, offset: feed.offset } : {};
    this._socket.send(JSON.stringify({ subscribe: feed.name, ...resume }));
  }

  /** @param {Feed} feed */
  async _fetch(feed) {
    feed.fetching = true;
    feed.waiting = true;
    // What the socket would tell meanwhile may be ahead of the snapshot: it goes on when the snapshot is here.
    if (feed.loaded && this._socket?.readyState === 1) this._socket.send(JSON.stringify({ unsubscribe: feed.name }));
    try {
      const packed = await this._packed[feed.name]();
      if (this._feeds.get(feed.name) === feed) this._replace(feed, { ...packed, snapshot: unpack(packed) });
    } catch {
      feed.feedId = ""; // the socket tells it all
    } finally {
      feed.fetching = false;
    }
    if (this._feeds.get(feed.name) === feed) this._subscribe(feed);
  }

  /**
   * @param {string} name
   * @param {FeedListener} listener
   */
  _leave(name, listener) {
    const feed = this._feeds.get(name);
    if (!feed) return;
    feed.listeners.delete(listener);
    if (feed.listeners.size > 0) return;
    this._feeds.delete(name);
    if (this._socket?.readyState === 1) this._socket.send(JSON.stringify({ unsubscribe: name }));
  }

  _dial() {
    clearTimeout(this._retry);
    if (this._connection === "ended") return;
    const socket = this._connect(this._url, SUBPROTOCOL);
    let opened = false;
    this._socket = socket;
    this._dialled = this._monotonic();
    socket.onopen = () => {
      opened = true;
      for (const feed of this._feeds.values()) this._ask(feed);
      if (this._saying) socket.send(this._saying);
    };
    socket.onmessage = (event) => {
      if (socket === this._socket) this._hear(typeof event.data === "string" ? JSON.parse(event.data) : event.data);
    };
    socket.onclose = (event) => {
      if (socket === this._socket) void this._lost(opened, event.code);
    };
  }

  /**
   * @param {boolean} opened
   * @param {number} code
   */
  async _lost(opened, code) {
    this._socket = null;
    if (this._connection !== "ended") this._become("lost");
    // 4401/4403: the server says why; 1006 without ever opening may be a refused upgrade, which browsers do not tell apart.
    const refused = code === 4401 || code === 4403 || code === 1008;
    if ((refused || !opened) && !(await this._mayReturn())) this._become("ended");
    if (this._connection === "ended") return;
    const ceiling = Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** this._failures);
    this._failures += 1;
    clearTimeout(this._retry);
    this._retry = setTimeout(() => this._dial(), Math.random() * ceiling);
  }

  /** The network is said to be back, or the page is seen again: do not wait out the back-off. */
  _hurry() {
    if (this._connection === "ended") return;
    if (this._socket) {
      this._tick();
      return;
    }
    this._failures = 0;
    this._dial();
  }

  /** @param {any} message */
  _hear(message) {
    this._heard = this._monotonic();
    this._failures = 0;
    if (typeof message.now === "number") this._sample(message.now);
    this._become("live");
    if (!message.feed) return;
    const feed = this._feeds.get(message.feed);
    if (!feed) return;
    if (message.problem) feed.problem?.({ ...message.problem, detail: said(message.problem.detail) });
    else if (message.snapshot) this._replace(feed, message);
    else if (message.changes) this._change(feed, message);
  }

  /** @param {number} now */
  _sample(now) {
    this._clock.push(now - this._monotonic() * 1000);
    if (this._clock.length > CLOCK_SAMPLES) this._clock.shift();
  }

  /**
   * @param {Feed} feed
   * @param {{feed_id: string, offset: number, snapshot: Array<[string, any]>}} message
   */
  _replace(feed, message) {
    feed.rows.clear();
    for (const [key, row] of message.snapshot) feed.rows.set(key, row);
    feed.feedId = message.feed_id;
    feed.offset = message.offset;
    feed.loaded = true;
    feed.waiting = false;
    for (const listener of feed.listeners) listener(feed.rows, null);
  }

  /**
   * @param {Feed} feed
   * @param {{feed_id: string, offset: number, changes: Array<[string, any]>, last?: boolean}} message `last` is false
   *   where more parts of the message follow (models/feed_parts.js)
   */
  _change(feed, message) {
    if (feed.waiting) return; // a snapshot was asked for; what comes before it is older
    if (message.feed_id === feed.feedId && message.offset <= feed.offset) return;
    if (!feed.loaded || message.feed_id !== feed.feedId || message.offset !== feed.offset + 1) {
      feed.feedId = "";
      this._ask(feed);
      return;
    }
    const changed = new Set();
    for (const [key, row] of message.changes) {
      if (row === null) feed.rows.delete(key);
      else feed.rows.set(key, row);
      changed.add(key);
    }
    if (message.last !== false) feed.offset = message.offset;
    for (const listener of feed.listeners) listener(feed.rows, changed);
  }

  _tick() {
    const since = this._monotonic() - Math.max(this._heard ?? 0, this._dialled);
    if (this._socket && since > SILENT_AFTER) {
      const silent = this._socket;
      this._socket = null;
      silent.close();
      void this._lost(true, 1006);
    }
    this._tell();
  }

  /** @param {Connection} connection */
  _become(connection) {
    this._connection = connection;
    this._tell();
  }

  _tell() {
    const status = this.status();
    const summary = `${status.connection} ${status.stale}`;
    if (summary === this._told) return;
    this._told = summary;
    for (const watcher of this._watchers) watcher(status);
  }
}

/** @param {string} as */
function defaultUrl(as) {
  const url = new URL("/ws/feed", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (as) url.searchParams.set("as", as);
  return url.href;
}
