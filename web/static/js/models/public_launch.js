/**
 * What the `public` feed tells of the launch: the launch row and the lamps of the groups.
 *
 * @typedef {{cue: string, attempt: number, live: boolean, state: string, title: string, subtitle: string, portal: string,
 *   trigger: "countdown" | "seats", touched: number, t0: number | null, lit: number}} PublicLaunch
 * @typedef {import("./constellation.js").GroupLamps} GroupLamps
 */

/**
 * The lit groups in an order that no arrival changes: as Vietnamese sorts their names.
 * @param {Map<string, any>} rows
 * @returns {GroupLamps[]}
 */
export function groupsOf(rows) {
  const groups = [...rows].filter(([key]) => key.startsWith("group:")).map(([, row]) => ({ name: row.name, lit: row.lit }));
  return groups.filter((group) => group.lit > 0).sort((a, b) => collator.compare(a.name, b.name));
}

/**
 * Whether two rows speak of one attempt.
 * @param {{cue: string, attempt: number, live: boolean} | null} one
 * @param {{cue: string, attempt: number, live: boolean} | null} other
 */
export function sameAttempt(one, other) {
  return one !== null && other !== null && one.cue === other.cue && one.attempt === other.attempt && one.live === other.live;
}

/**
 * Whether the stage must go back to its quiet emblem: another attempt begins, or a rehearsal was cleared away. What was shown live
 * stays until another attempt is opened.
 * @param {{cue: string, attempt: number, live: boolean} | null} shown the attempt whose end stands on the screen
 * @param {{cue: string, attempt: number, live: boolean} | null} prepared
 */
export function mustClear(shown, prepared) {
  if (shown === null) return false;
  if (prepared === null) return !shown.live;
  return !sameAttempt(shown, prepared);
}

/**
 * Whether the attempt is under way: only then a rehearsal is marked on a screen that shows nothing of it yet.
 * @param {PublicLaunch | null} launch
 */
export function isRehearsing(launch) {
  return launch !== null && !launch.live && RUNNING.has(launch.state);
}

const RUNNING = new Set(["polling", "hold", "armed", "committed", "fired", "aborting"]);
const collator = new Intl.Collator("vi", { numeric: true });

/**
 * Where a portal's words lead: an address as people write it, without a scheme too; nothing else becomes a link.
 * @param {string} portal
 * @returns {string} "" where it is no address
 */
export function portalAddress(portal) {
  const text = portal.trim();
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  return /^https?:\/\/[^\s"<>@/]+\.[^\s"<>@]+$/i.test(address) ? address : "";
}
