// Reads the programme's playlist beside a browser that plays HLS by itself and tells a page nothing of what stands in it.

/** How often, in ms: the playlist may be kept for a second, and a launch is known some seconds before its picture. */
const EVERY = 2500;

/**
 * Follow the first media playlist that a master playlist names.
 * @param {string} url
 * @param {{came: (playlist: string) => void, failed: (trouble: import("../models/playback.js").Trouble) => void}} told
 * @returns {{stop: () => void}}
 */
export function playlistOf(url, { came, failed }) {
  let media = "";
  let stopped = false;
  const look = async () => {
    try {
      if (media === "") media = firstOf(await text(url), url);
      came(await text(media));
    } catch (error) {
      media = "";
      if (!stopped) failed(error instanceof NotServed ? (error.status === 404 ? "missing" : "away") : "network");
    }
  };
  const timer = setInterval(() => void look(), EVERY);
  void look();
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}

class NotServed extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`${status}`);
    this.status = status;
  }
}

/** @param {string} url */
async function text(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new NotServed(answer.status);
  return answer.text();
}

/**
 * The first media playlist of a master playlist; a media playlist is its own.
 * @param {string} playlist
 * @param {string} url where it came from
 */
export function firstOf(playlist, url) {
  const lines = playlist.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.startsWith("#EXT-X-STREAM-INF"));
  const named = at < 0 ? undefined : lines.slice(at + 1).find((line) => line !== "" && !line.startsWith("#"));
  return named === undefined ? url : new URL(named, new URL(url, location.href)).href;
}
