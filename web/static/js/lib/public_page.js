// What the server wrote into a public page when it made it: title, keys and the launch's words, for a page whose feed cannot be reached.

import { isSound } from "./signed.js";

/**
 * @typedef {{ceremony_id: string, title: string, authority: string, starts_at: number, live_key: string, rehearsal_key: string,
 *   launch: {title: string, subtitle: string} | null}} PublicPage
 */

/** @returns {PublicPage | null} */
export function publicOfPage() {
  const text = document.querySelector('meta[name="public-ceremony"]')?.getAttribute("content");
  return text ? JSON.parse(text) : null;
}

/** Whether the server carries a programme; where it runs without one, asking for its playlist would go on for ever. */
export function carriesProgramme() {
  return document.querySelector('meta[name="no-programme"]') === null;
}

/**
 * The ceremony's keys, where they are keys.
 * @param {{ceremony_id: string, live_key: string, rehearsal_key: string}} told
 * @returns {import("./warrants.js").Pinned | null}
 */
export function pinsOfPage({ ceremony_id, live_key, rehearsal_key }) {
  return isSound(live_key) && isSound(rehearsal_key) ? { ceremony_id, live_key, rehearsal_key } : null;
}
