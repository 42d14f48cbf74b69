// How hls.js is asked to play a programme that goes on, and what its errors mean.

import { wantedBehind } from "../models/playback.js";

export const HLS = {
  enableWorker: true,
  workerPath: "/static/vendor/hls.worker.js",
  lowLatencyMode: false,
  // The launch's date ranges are read and verified by us; as cues of a text track nobody needs them.
  enableDateRangeMetadataCues: false,
  enableID3MetadataCues: false,
  enableEmsgMetadataCues: false,
  liveSyncDuration: wantedBehind(0),
  maxBufferLength: 20,
  backBufferLength: 20,
  startLevel: 0,
  capLevelToPlayerSize: true,
  abrEwmaDefaultEstimate: 700_000,
  manifestLoadPolicy: policy(8000, 0),
  playlistLoadPolicy: policy(8000, 1),
  fragLoadPolicy: policy(15_000, 3),
};

/** @param {any} data of an error of hls.js @returns {import("../models/playback.js").Trouble} */
export function troubleOf(data) {
  const status = data.response?.code ?? data.networkDetails?.status ?? 0;
  if (status === 404 || status === 410 || data.details === "levelEmptyError" || data.details === "manifestParsingError") return "missing";
  return status > 0 ? "away" : "network";
}

/** @param {number} most in ms @param {number} tries */
function policy(most, tries) {
  const retry = { maxNumRetry: tries, retryDelayMs: 500, maxRetryDelayMs: 2000 };
  return { default: { maxTimeToFirstByteMs: most, maxLoadTimeMs: most * 2, timeoutRetry: retry, errorRetry: retry } };
}
