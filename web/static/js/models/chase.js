// Who to call next: sites that lack something, by how late it is, less those left in peace. Follows from the sites, so it shrinks
// by itself. No DOM.

import { hasReported } from "./grades.js";

/**
 * @typedef {import("./grades.js").SiteRow & {unopened?: boolean}} SiteRow
 * @typedef {{owner: string, snoozed_until: number | null, notes: Array<{at: number, seat: string, text: string}>, noted: number}} ChaseRow
 * @typedef {"unopened" | "unchecked" | "unreported"} Step
 * @typedef {{code: string, site: SiteRow, step: Step, due: number, late: number, owner: string, snoozed: number | null,
 *   notes: ChaseRow["notes"]}} Target
 * @typedef {{name: string, targets: Target[], late: number}} Group
 */

const MINUTE = 60_000_000;
/** Before the figures close: links opened an hour, somebody there half an hour, the number at the closing itself. In µs. */
export const DUE_BEFORE_CLOSE = { unopened: 45 * MINUTE, unchecked: 30 * MINUTE, unreported: 0 };

/** @param {SiteRow} site @returns {Step | null} what it lacks first */
export function missingStep(site) {
  if (hasReported(site)) return null;
  if (site.checked_in_at) return "unreported";
  return site.unopened ? "unopened" : "unchecked";
}

/**
 * @param {Iterable<SiteRow>} sites in roster order
 * @param {Map<string, any>} help rows of the feed `help`
 * @param {number} closeAt µs
 * @param {number} now µs
 * @returns {Target[]} latest first; of the same lateness the required, then the larger, then roster order
 */
export function targets(sites, help, closeAt, now) {
  const found = [];
  for (const site of sites) {
    const step = missingStep(site);
    if (!step) continue;
    /** @type {ChaseRow | undefined} */
    const chase = help.get(`chase:${site.code}`);
    const due = closeAt - DUE_BEFORE_CLOSE[step];
    const until = chase?.snoozed_until ?? null;
    found.push({ code: site.code, site, step, due, late: now - due, owner: chase?.owner ?? "", snoozed: until !== null && until > now ? until : null, notes: chase?.notes ?? [] });
  }
  return found.sort((one, other) => other.late - one.late || Number(other.site.required ?? false) - Number(one.site.required ?? false) || (other.site.expected ?? 0) - (one.site.expected ?? 0));
}

/**
 * @param {Target[]} list
 * @param {{step: Step | "", owner: string | null, group: string}} filter `owner` "" means nobody's, null anybody's
 */
export function chosenTargets(list, { step, owner, group }) {
  return list.filter((target) => (step === "" || target.step === step) && (owner === null || target.owner === owner) && (group === "" || target.site.group === group));
}

/** @param {Target[]} list @returns {Group[]} the group with the latest sites first; each keeps the list's order */
export function byGroup(list) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const target of list) {
    let group = groups.get(target.site.group);
    if (!group) groups.set(target.site.group, (group = { name: target.site.group, targets: [], late: 0 }));
    group.targets.push(target);
    group.late += target.late > 0 ? 1 : 0;
  }
  return [...groups.values()].sort((one, other) => other.late - one.late || other.targets.length - one.targets.length);
}

/** @param {Target[]} list @returns {Record<Step | "all" | "snoozed", number>} */
export function counts(list) {
  const made = { all: 0, snoozed: 0, unopened: 0, unchecked: 0, unreported: 0 };
  for (const target of list) {
    if (target.snoozed !== null) made.snoozed += 1;
    else {
      made.all += 1;
      made[target.step] += 1;
    }
  }
  return made;
}
