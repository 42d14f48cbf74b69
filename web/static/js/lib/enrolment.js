// How a page's device makes itself known: its key by a command, then each session by a signed hello.

import { command, Problem } from "./api.js";
import { browserName, nextNonce } from "./keys.js";
import { sign } from "./signed.js";

/**
 * @typedef {import("./signed.js").SigningKey} SigningKey
 */

/** Refusals that say nothing about the device: the centre keeps no commands just now. */
const FOR_NOW = new Set(["journal_unwritable", "engine_stopped", "internal_error"]);

/**
 * Make the key known to the centre; the same key again changes nothing.
 * @param {string} site
 * @param {SigningKey} key
 * @param {"companion" | "effector"} part
 * @returns {Promise<boolean>} false while the centre can keep nothing: it may know the device from before, the hello will tell
 * @throws {Problem}
 */
export async function enrol(site, key, part) {
  const name = browserName(navigator.userAgent);
  try {
    await command({ kind: "enrol_device", site, public_key: key.public, device_kind: "page", name, part });
    return true;
  } catch (error) {
    if (error instanceof Problem && FOR_NOW.has(error.code)) return false;
    throw error;
  }
}

/**
 * Why enrolling failed for good; null where trying again may help.
 * @param {unknown} error
 * @returns {{link: "revoked" | "expired" | "refused", detail: string} | null}
 */
export function lastingFailure(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 401) return { link: error.code === "session_over" ? "expired" : "revoked", detail: error.message };
  const byRules = error.status === 200 && error.code !== "too_many_tries";
  return byRules || error.status === 403 ? { link: "refused", detail: error.message } : null;
}

/**
 * The first message of a session.
 * @param {import("./storage.js").Storage} storage
 * @param {{name: string, site: string, ceremonyId: string, key: SigningKey}} device
 */
export async function hello(storage, { name, site, ceremonyId, key }) {
  const nonce = await nextNonce(storage, name);
  const body = { type: "diemcau.hello.v1", ceremony_id: ceremonyId, site, device: key.id, nonce };
  const agent = `page ${browserName(navigator.userAgent)}`;
  return { type: "hello", proof: sign(body, key), agent, capabilities: ["cue"] };
}
