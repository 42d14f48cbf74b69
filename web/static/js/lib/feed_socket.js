// A WebSocket that lives in a worker, as far as FeedClient needs one. Its messages come read, the large ones in parts.

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

/** @type {Worker | undefined} */
let thread;
/** @type {Map<number, FeedSocket>} */
const sockets = new Map();
let count = 0;

/** For FeedClient's `connect`. @param {string} url @param {string} protocol @returns {WebSocket} */
export function workerSocket(url, protocol) {
  return /** @type {any} */ (new FeedSocket(url, protocol));
}

class FeedSocket {
  /** @param {string} url @param {string} protocol */
  constructor(url, protocol) {
    this.readyState = CONNECTING;
    this.onopen = () => {};
    /** @type {(event: {data: any}) => void} */
    this.onmessage = () => {};
    /** @type {(event: {code: number}) => void} */
    this.onclose = () => {};
    this._id = count += 1;
    sockets.set(this._id, this);
    worker().postMessage({ id: this._id, url, protocol });
  }

  /** @param {string} text */
  send(text) {
    worker().postMessage({ id: this._id, text });
  }

  close() {
    worker().postMessage({ id: this._id, close: true });
  }

  /** @param {{opened?: true, message?: any, closed?: number}} news */
  _hear({ opened, message, closed }) {
    if (opened) {
      this.readyState = OPEN;
      this.onopen();
    } else if (message) {
      this.onmessage({ data: message });
    } else if (closed !== undefined) {
      this.readyState = CLOSED;
      sockets.delete(this._id);
      this.onclose({ code: closed });
    }
  }
}

function worker() {
  if (thread) return thread;
  thread = new Worker(new URL("../worker/feed_worker.js", import.meta.url), { type: "module" });
  thread.onmessage = ({ data }) => sockets.get(data.id)?._hear(data);
  return thread;
}
