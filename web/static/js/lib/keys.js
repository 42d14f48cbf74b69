// This browser's own Ed25519 keys, one per link and part: a key belongs to the page's origin, and a browser that has the
// links of several seats or sites open must not let them share one device.

import { SigningKey } from "./signed.js";

/**
 * @typedef {import("./storage.js").Storage} Storage
 */

/**
 * The name under which a key and everything of its device is kept.
 * @param {string} as the `as` of the link (meta diemcau-as)
 * @param {string} part what the device is: `seat`, or for a site's device the page and the site: `site:17329`
 */
export function deviceName(as, part) {
  return `${as}/${part}`;
}

/**
 * The key kept under `name`, made at first use and on disk before it is returned.
 * @param {Storage} storage
 * @param {string} name
 * @returns {Promise<SigningKey>}
 */
export async function loadKey(storage, name) {
  const kept = await storage.get("keys", name);
  if (kept) return new SigningKey(kept.seed);
  const key = SigningKey.generate();
  await storage.write([{ store: "keys", key: name, value: { seed: key.seed } }]);
  return key;
}

/**
 * The next nonce of a device's hello: microseconds of its wall clock, raised by one if that did not advance.
 * @param {Storage} storage
 * @param {string} name
 * @param {number} [wall] microseconds of the device's wall clock
 * @returns {Promise<number>}
 */
export async function nextNonce(storage, name, wall = Date.now() * 1000) {
  const last = (await storage.get("pins", `${name}/nonce`)) ?? 0;
  const nonce = Math.max(wall, last + 1);
  await storage.write([{ store: "pins", key: `${name}/nonce`, value: nonce }]);
  return nonce;
}

/**
 * What this browser is, for people: "Chrome trên Android".
 * @param {string} agent the user agent
 */
export function browserName(agent) {
  const browser = first(agent, [
    [/Edg\//, "Edge"],
    [/OPR\//, "Opera"],
    [/coc_coc|CocCoc/i, "Cốc Cốc"],
    [/Firefox\/|FxiOS/, "Firefox"],
    [/Chrome\/|CriOS/, "Chrome"],
    [/Safari\//, "Safari"],
  ]);
  const system = first(agent, [
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/Linux/, "Linux"],
  ]);
  return system ? `${browser || "Trình duyệt"} trên ${system}` : browser || "Trình duyệt";
}

/**
 * Whether the page was opened inside Zalo, whose in-app browser keeps neither the screen awake nor the sound on.
 * @param {string} agent
 */
export function insideZalo(agent) {
  return /Zalo/i.test(agent);
}

/** @param {string} agent @param {[RegExp, string][]} table */
function first(agent, table) {
  return table.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
}
