/**
 * In-app browsers (Zalo, Facebook) keep no data, cannot go full screen and are closed at the first call: they are
 * recognised and the person is told how to open a real one.
 *
 * @typedef {"zalo" | "facebook" | "messenger" | "tiktok" | null} InApp
 */

/**
 * @param {string} userAgent
 * @returns {InApp}
 */
export function inAppBrowser(userAgent) {
  if (/\bZalo\b/i.test(userAgent)) return "zalo";
  if (/FB_IAB\/Orca|MessengerForiOS|Messenger/i.test(userAgent)) return "messenger";
  if (/FBAN|FBAV|FB_IAB/.test(userAgent)) return "facebook";
  if (/musical_ly|BytedanceWebview|TikTok/i.test(userAgent)) return "tiktok";
  return null;
}

/**
 * @param {string} userAgent
 * @returns {"ios" | "android" | "other"}
 */
export function system(userAgent) {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  return /Android/.test(userAgent) ? "android" : "other";
}
