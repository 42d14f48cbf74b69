/**
 * What needs a person, in order: required sites, groups lost together, single sites, then who has not reported.
 * Words are made by the page; this says what, why and whom to call.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {import("./wall_sites.js").WallSites} WallSites
 * @typedef {import("./wall_sites.js").Group} Group
 * @typedef {{kind: "site", key: string, site: SiteRow}
 *   | {kind: "group", key: string, group: Group, lost: SiteRow[], carrier: string, lead: SiteRow | undefined, since: number | null}
 *   | {kind: "rest", key: string, sites: SiteRow[]}
 *   | {kind: "never", key: string, count: number}
 *   | {kind: "unreported", key: string, group: Group, count: number, lead: SiteRow | undefined}} Matter
 */

import { isLost } from "./grades.js";

/** Sites that fell within this time of each other fell together, microseconds. */
const TOGETHER = 120_000_000;
/** More weak or slow single sites than this are told as one matter, so that the lost ones stay in sight. */
const WEAK_APART = 3;

/**
 * @param {WallSites} sites
 * @param {{chaseNever: boolean}} options `chaseNever`: sites that never connected are late by now
 * @returns {{urgent: Matter[], reports: Matter[]}}
 */
export function matters(sites, { chaseNever }) {
  const hurt = sites.groups.filter((group) => sites.isHurt(group));
  const covered = new Set(hurt);
  const single = sites.marks.filter(
    (row, mark) => row.grade === "degraded" || (isLost(row.grade) && !covered.has(sites.groups[sites.groupOf[mark]])),
  );
  const ill = (/** @type {SiteRow} */ row) => isLost(row.grade) || row.grade === "degraded" || (chaseNever && row.grade === "never_seen");
  const first = sites.marks.filter((row) => row.required && ill(row));
  const named = new Set(first.map((row) => row.code));
  /** @type {Matter[]} */
  const urgent = first.map(siteMatter);
  urgent.push(...hurt.sort((a, b) => b.lost - a.lost).map((group) => lostTogether(sites, group)));
  const others = single.filter((row) => !named.has(row.code));
  urgent.push(...others.filter((row) => row.grade === "down").map(siteMatter));
  const weak = others.filter((row) => row.grade !== "down").sort((a, b) => severity(a) - severity(b));
  if (weak.length <= WEAK_APART) urgent.push(...weak.map(siteMatter));
  else urgent.push({ kind: "rest", key: "rest", sites: weak });
  const never = sites.marks.reduce((count, row) => count + (row.grade === "never_seen" ? 1 : 0), 0);
  if (chaseNever && never > 0) urgent.push({ kind: "never", key: "never", count: never });
  return { urgent, reports: unreported(sites) };
}

/**
 * @param {SiteRow} site
 * @returns {Matter}
 */
function siteMatter(site) {
  return { kind: "site", key: `site:${site.code}`, site };
}

/** @param {SiteRow} row */
function severity(row) {
  return row.grade === "down" ? 0 : row.grade === "stale" ? 1 : 2;
}

/**
 * @param {WallSites} sites
 * @param {Group} group
 * @returns {Matter}
 */
function lostTogether(sites, group) {
  const lost = sites.marks.slice(group.first, group.first + group.count).filter((row) => isLost(row.grade));
  const carriers = new Set(lost.map((row) => row.carrier ?? ""));
  const carrier = carriers.size === 1 ? [...carriers][0] : "";
  const since = lost.map((row) => row.grade_since ?? 0);
  const together = since.every((at) => at > 0) && Math.max(...since) - Math.min(...since) <= TOGETHER;
  const lead = sites.leadOf(group);
  return { kind: "group", key: `group:${group.name}`, group, lost, carrier, lead, since: together ? Math.min(...since) : null };
}

/**
 * @param {WallSites} sites
 * @returns {Matter[]}
 */
function unreported(sites) {
  return sites.groups
    .filter((group) => group.unreported > 0)
    .sort((a, b) => b.unreported - a.unreported)
    .map((group) => ({ kind: "unreported", key: `unreported:${group.name}`, group, count: group.unreported, lead: sites.leadOf(group) }));
}
