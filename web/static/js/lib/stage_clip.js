// The organisers' own clip for the great screen (asset `stage.…` of the plan): fetched once, checked by its hash, kept for reloads,
// and shown in the place of the built-in effect. Without it the effect plays: a clip that does not come never stops a launch.

import { hashOf } from "./hash.js";
import { session } from "./page.js";

const KEPT = "diemcau-clips";
export const STAGE = "stage.";

/** @typedef {{name: string, sha256: string, bytes: number}} Asset */

export class StageClip {
  #video;
  /** @type {Asset | null} */
  #wanted = null;
  #ready = "";
  #source = "";

  /** @param {HTMLVideoElement} video over the scene */
  constructor(video) {
    this.#video = video;
    video.addEventListener("ended", () => this.stop());
    video.addEventListener("error", () => this.stop());
  }

  /** @param {Asset[]} assets of the prepared cue */
  want(assets) {
    const wanted = assets.find((asset) => asset.name.startsWith(STAGE)) ?? null;
    if (wanted?.sha256 === this.#wanted?.sha256) return;
    this.#wanted = wanted;
    this.#ready = "";
    if (wanted) void this.#load(wanted);
  }

  /** What the centre is told: `asset:NAME` until it is here. @returns {string[]} */
  get missing() {
    return this.#wanted && this.#ready !== this.#wanted.sha256 ? [`asset:${this.#wanted.name}`] : [];
  }

  /** @param {number} late milliseconds after T0 @returns {boolean} whether it plays */
  play(late) {
    if (!this.#wanted || this.#ready !== this.#wanted.sha256) return false;
    this.#video.currentTime = late / 1000;
    this.#video.hidden = false;
    this.#video.play().catch(() => this.stop());
    return true;
  }

  /** Gone, and the scene beneath it is seen. */
  stop() {
    this.#video.pause();
    this.#video.hidden = true;
  }

  /** @param {Asset} asset */
  async #load(asset) {
    const bytes = await fetchKept(asset);
    if (this.#wanted?.sha256 !== asset.sha256) return;
    if (!bytes) {
      // Not there yet, or the network is away: asked for again while it is wanted.
      setTimeout(() => this.#wanted?.sha256 === asset.sha256 && this.#ready !== asset.sha256 && void this.#load(asset), 5000);
      return;
    }
    if (this.#source) URL.revokeObjectURL(this.#source);
    this.#source = URL.createObjectURL(new Blob([bytes], { type: asset.name.endsWith(".webm") ? "video/webm" : "video/mp4" }));
    this.#video.src = this.#source;
    this.#video.load();
    this.#video.addEventListener("canplaythrough", () => (this.#ready = asset.sha256), { once: true });
  }
}

/** @param {Asset} asset @returns {Promise<ArrayBuffer | null>} */
async function fetchKept(asset) {
  const path = `/api/v1/blobs/${asset.sha256}`;
  const cache = "caches" in globalThis ? await caches.open(KEPT) : null;
  try {
    const answer = (await cache?.match(path)) ?? (await fetch(path, { headers: { "Diemcau-As": session.as }, credentials: "same-origin" }));
    if (!answer.ok) return null;
    const bytes = await answer.arrayBuffer();
    if ((await hashOf(bytes)) !== asset.sha256) {
      await cache?.delete(path);
      return null;
    }
    await cache?.put(path, new Response(bytes));
    return bytes;
  } catch {
    return null; // the network is away; the caller asks again
  }
}
