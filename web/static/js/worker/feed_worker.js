// The socket of a page's feeds, off the page's thread: what comes is read here, and what is much is handed on piece by piece.

import { partsOf } from "../models/feed_parts.js";

/** Between two parts of one message, ms: a frame, so that the page does not get two in one. */
const PACE = 16;

/** @type {Map<number, WebSocket>} */
const sockets = new Map();
/** @type {any[]} what waits behind the parts of a large message */
const waiting = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pacing;

self.onmessage = ({ data: { id, url, protocol, text, close } }) => {
  if (url) open(id, url, protocol);
  else if (close) sockets.get(id)?.close();
  else sockets.get(id)?.send(text);
};

/** @param {number} id @param {string} url @param {string} protocol */
function open(id, url, protocol) {
  const socket = new WebSocket(url, protocol);
  sockets.set(id, socket);
  socket.onopen = () => tell({ id, opened: true });
  socket.onmessage = ({ data }) => {
    for (const message of partsOf(JSON.parse(data))) tell({ id, message });
  };
  socket.onclose = ({ code }) => {
    sockets.delete(id);
    tell({ id, closed: code });
  };
}

/** @param {any} news in the order in which it happened */
function tell(news) {
  waiting.push(news);
  if (pacing === undefined) handOn();
}

function handOn() {
  pacing = undefined;
  while (waiting.length > 0) {
    const news = waiting.shift();
    self.postMessage(news);
    if (news.message?.last === false) {
      pacing = setTimeout(handOn, PACE);
      return;
    }
  }
}
