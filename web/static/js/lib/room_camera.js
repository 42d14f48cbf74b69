// The camera of a room: opened only while the host's switch is on; every 30 s one JPEG of at most 20 KiB, without EXIF (a canvas
// writes none).

import { putBlob } from "./api.js";

export const EVERY = 30_000;
export const MAX_BYTES = 20 * 1024;
/** Tried in this order until the picture is small enough: [longest side in pixels, JPEG quality]. */
const STEPS = /** @type {const} */ ([[640, 0.6], [640, 0.45], [480, 0.45], [480, 0.3], [320, 0.3], [240, 0.25]]);

export class RoomCamera {
  /**
   * @param {string} site
   * @param {(state: {sentAt: number | null, problem: string, code: string}) => void} told after every try; `code` is
   *   "camera" where the browser gave none, else the centre's
   */
  constructor(site, told) {
    this._site = site;
    this._told = told;
    this._video = document.createElement("video");
    this._video.muted = true;
    this._video.playsInline = true;
    /** @type {MediaStream | null} */
    this._stream = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._timer = undefined;
    this._opening = false;
  }

  get running() {
    return this._stream !== null || this._opening;
  }

  /** Ask for the camera and begin. Nothing happens where it runs already. */
  async start() {
    if (this.running) return;
    this._opening = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 640 } }, audio: false });
      if (!this._opening) {
        stop(stream);
        return;
      }
      this._stream = stream;
      this._video.srcObject = stream;
      await this._video.play();
      stream.getVideoTracks()[0]?.addEventListener("ended", () => this.stop());
      this._timer = setInterval(() => void this._send(), EVERY);
      await this._send();
    } catch (error) {
      this.stop();
      this._told({ sentAt: null, problem: error instanceof Error ? error.name : "", code: "camera" });
    } finally {
      this._opening = false;
    }
  }

  stop() {
    this._opening = false;
    clearInterval(this._timer);
    if (this._stream) stop(this._stream);
    this._stream = null;
    this._video.srcObject = null;
  }

  async _send() {
    if (!this._stream) return;
    try {
      const { taken_at: sentAt } = await putBlob(`/api/v1/rooms/${encodeURIComponent(this._site)}/picture`, await smallPicture(this._video));
      this._told({ sentAt, problem: "", code: "" });
    } catch (error) {
      const problem = /** @type {{code?: string, message: string}} */ (error);
      this._told({ sentAt: null, problem: problem.message, code: problem.code ?? "picture" });
    }
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob>} at most MAX_BYTES
 */
async function smallPicture(video) {
  for (const [side, quality] of STEPS) {
    const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight, 1));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
    /** @type {Blob | null} */
    const jpeg = await new Promise((done) => {
      canvas.toBlob(done, "image/jpeg", quality);
    });
    if (jpeg && jpeg.size <= MAX_BYTES) return jpeg;
  }
  throw new Error("picture too large");
}
