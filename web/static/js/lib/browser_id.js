// A random id that this browser made up, so that it counts once: at a poster, at a pledge. The centre keeps a keyed hash of it.

import { newBrowserId } from "../models/seen.js";

const KEY = "diemcau/seen";
/** The id of a window that cannot keep one. @type {string | undefined} */
let memory;

/** Made at its first use. A private window makes one for its own life. */
export function browserId() {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept) return kept;
    const made = fresh();
    localStorage.setItem(KEY, made);
    return made;
  } catch {
    return (memory ??= fresh());
  }
}

function fresh() {
  return newBrowserId((bytes) => crypto.getRandomValues(bytes));
}
