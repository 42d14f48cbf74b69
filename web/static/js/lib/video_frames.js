/**
 * Each picture as it is shown; without requestVideoFrameCallback (Firefox 115) the position at each frame of the page.
 * @param {HTMLVideoElement} element
 * @param {AbortSignal} signal ends it
 * @param {(mediaTime: number) => void} shown inside the picture's own frame
 */
export function watchFrames(element, signal, shown) {
  const video = /** @type {any} */ (element);
  if ("requestVideoFrameCallback" in video) {
    const each = (/** @type {number} */ _, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      if (signal.aborted) return;
      shown(frame.mediaTime);
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
    return;
  }
  let before = -1;
  const look = () => {
    if (signal.aborted) return;
    if (video.currentTime !== before && video.readyState >= 2) shown((before = video.currentTime));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
