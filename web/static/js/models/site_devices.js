/**
 * The devices of one site, judged: a link that went round among many phones looks like this; no DOM.
 *
 * @typedef {{part: string, connected: boolean}} SiteDevice
 */

/** A contact's phone, their deputy's and a spare are usual. */
const USUAL_COMPANIONS = 3;

/**
 * Phones and computers beside the hall's screen, where there are more of them than one site usually has.
 * @param {SiteDevice[]} devices
 * @returns {number} 0 where there is nothing to wonder at
 */
export function tooManyCompanions(devices) {
  const count = devices.filter((device) => device.part === "companion").length;
  return count > USUAL_COMPANIONS ? count : 0;
}
