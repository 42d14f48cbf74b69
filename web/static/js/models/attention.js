/**
 * What needs a person, in order: incidents, required sites, groups lost together, single sites, figures that disagree, then who has
 * not reported.
 * A site that is lost in an incident is told as the incident; what somebody has taken, or is planned off, stands apart.
 * Words are made by the page; this says what, why and whom to call.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {import("./wall_sites.js").WallSites} WallSites
 * @typedef {import("./wall_sites.js").Group} Group
 * @typedef {import("./watch.js").Incident} Incident
 * @typedef {{kind: "incident", key: string, incident: Incident, lead: SiteRow | undefined}
 *   | {kind: "maintenance", key: string, maintenance: import("./watch.js").Maintenance, count: number}
 *   | {kind: "alerts", key: string, problem: string}
 *   | {kind: "site", key: string, site: SiteRow}
 *   | {kind: "group", key: string, group: Group, lost: number, carrier: string, lead: SiteRow | undefined, since: number | null}
 *   | {kind: "rest", key: string, sites: SiteRow[]}
 *   | {kind: "unsettled", key: string, sites: SiteRow[]}
 *   | {kind: "never", key: string, count: number, closing: import("./closing.js").Closing["kind"]}
 *   | {kind: "unreported", key: string, group: Group, count: number, lead: SiteRow | undefined}} Matter
 */

import { isLost } from "./grades.js";
import { Watch } from "./watch.js";

/** Sites that fell within this time of each other fell together, microseconds. */
const TOGETHER = 120_000_000;
/** More weak or slow single sites than this are told as one matter, so that the lost ones stay in sight. */
const WEAK_APART = 3;
/** A group most of whose lost sites are in incidents is told by those. */
const LEFT_AT_LEAST = 3;
const NOTHING_NOTED = new Watch();

/**
 * @param {WallSites} sites
 * @param {{chaseNever: boolean, closing?: import("./closing.js").Closing["kind"], watch?: Watch, now?: number}} options `chaseNever`:
 *   sites that never connected are late by now
 * @returns {{urgent: Matter[], taken: Matter[], reports: Matter[]}}
 */
export function matters(sites, { chaseNever, closing = "before", watch = NOTHING_NOTED, now = 0 }) {
  const hurt = sites.groups.filter((group) => sites.isHurt(group) && isLeft(sites, watch, group, now));
  const covered = new Set(hurt);
  const single = [...alone(sites, watch, covered), ...flapping(sites, watch)];
  const ill = (/** @type {SiteRow} */ row) => isLost(row.grade) || row.grade === "degraded" || (chaseNever && row.grade === "never_seen");
  const first = sites.required.map((mark) => sites.marks[mark]).filter(ill);
  const named = new Set(first.map((row) => row.code));
  const [open, acknowledged] = parted(watch.incidents, (incident) => !incident.ack_by && !isPlanned(sites, watch, incident, now));
  /** @type {Matter[]} */
  const urgent = open.map((incident) => incidentMatter(sites, incident));
  if (watch.alerts?.problem) urgent.push({ kind: "alerts", key: "alerts", problem: watch.alerts.problem });
  const [free, taken] = parted(first, (row) => !watch.isTaken(row, now));
  urgent.push(...free.map(siteMatter));
  urgent.push(...hurt.sort((a, b) => b.lost - a.lost).map((group) => lostTogether(sites, group)));
  const [others, cared] = parted(single.filter((row) => !named.has(row.code)), (row) => !watch.isTaken(row, now));
  urgent.push(...others.filter((row) => row.grade === "down").map(siteMatter));
  const weak = others.filter((row) => row.grade !== "down").sort((a, b) => severity(a) - severity(b));
  if (weak.length <= WEAK_APART) urgent.push(...weak.map(siteMatter));
  else urgent.push({ kind: "rest", key: "rest", sites: weak });
  const apart = sites.groups.some((group) => group.unsettled > 0) ? sites.marks.filter((row) => row.disagrees) : [];
  if (apart.length > 0) urgent.push({ kind: "unsettled", key: "unsettled", sites: apart });
  const never = sites.groups.reduce((count, group) => count + group.grades.never_seen, 0);
  if (chaseNever && never > 0) urgent.push({ kind: "never", key: "never", count: never, closing });
  const acks = [...taken, ...cared].filter((row) => watch.noted(row.code).ack_by);
  return {
    urgent,
    taken: [...acknowledged.map((incident) => incidentMatter(sites, incident)), ...acks.map(siteMatter), ...planned(sites, watch, now)],
    reports: unreported(sites),
  };
}

/**
 * @template T
 * @param {T[]} list
 * @param {(each: T) => boolean} isFirst
 * @returns {[T[], T[]]}
 */
function parted(list, isFirst) {
  return [list.filter(isFirst), list.filter((each) => !isFirst(each))];
}

/**
 * Sites that are ill by themselves: neither told with their group nor with an incident. One pass: in a wave there are thousands.
 * @param {WallSites} sites
 * @param {Watch} watch
 * @param {Set<Group>} covered
 */
function alone(sites, watch, covered) {
  /** @type {SiteRow[]} */
  const found = [];
  for (const mark of sites.unwell) {
    const row = sites.marks[mark];
    if (row.grade !== "degraded" && (covered.has(sites.groups[sites.groupOf[mark]]) || watch.incidentOf(row.code))) continue;
    found.push(row);
  }
  return found;
}

/** Sites that come and go: held as unstable, and still somebody's errand. @param {WallSites} sites @param {Watch} watch */
function flapping(sites, watch) {
  const marks = watch.flapping.map((code) => sites.indexOf.get(code)).filter((mark) => mark !== undefined);
  return marks.map((mark) => sites.marks[mark]).filter((row) => row.grade === "unstable");
}

/**
 * Whether a hurt group has something of its own to tell beside its incidents and what is taken.
 * @param {WallSites} sites
 * @param {Watch} watch
 * @param {Group} group
 * @param {number} now
 */
function isLeft(sites, watch, group, now) {
  if (watch.incidents.length === 0 && watch.maintenances.length === 0) return true;
  let left = 0;
  for (let mark = group.first; mark < group.first + group.count && left < LEFT_AT_LEAST; mark += 1) {
    const row = sites.marks[mark];
    if (isLost(row.grade) && !watch.incidentOf(row.code) && !watch.planned(row, now)) left += 1;
  }
  return left >= LEFT_AT_LEAST;
}

/**
 * @param {WallSites} sites
 * @param {Incident} incident
 * @returns {Matter}
 */
function incidentMatter(sites, incident) {
  const first = sites.indexOf.get(incident.lost[0] ?? "");
  const group = first === undefined ? undefined : sites.groups[sites.groupOf[first]];
  const lead = incident.kind === "carrier" || !group ? undefined : sites.leadOf(group);
  return { kind: "incident", key: `incident:${incident.number}`, incident, lead };
}

/** All its lost sites are meant to be off. @param {WallSites} sites @param {Watch} watch @param {Incident} incident @param {number} now */
function isPlanned(sites, watch, incident, now) {
  if (watch.maintenances.length === 0) return false;
  return incident.lost.every((code) => {
    const mark = sites.indexOf.get(code);
    return mark !== undefined && watch.planned(sites.marks[mark], now);
  });
}

/**
 * @param {WallSites} sites
 * @param {Watch} watch
 * @param {number} now
 * @returns {Matter[]}
 */
function planned(sites, watch, now) {
  return watch.maintenances.map((maintenance) => ({
    kind: "maintenance",
    key: `maintenance:${maintenance.maintenance}`,
    maintenance,
    count: sites.marks.filter((row) => isLost(row.grade) && watch.planned(row, now) === maintenance).length,
  }));
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
  /** @type {string | null} */
  let carrier = null;
  let first = Infinity;
  let last = 0;
  for (let mark = group.first; mark < group.first + group.count; mark += 1) {
    const row = sites.marks[mark];
    if (!isLost(row.grade)) continue;
    carrier = carrier === null || carrier === (row.carrier ?? "") ? (row.carrier ?? "") : "";
    first = Math.min(first, row.grade_since ?? 0);
    last = Math.max(last, row.grade_since ?? 0);
  }
  const since = first > 0 && last - first <= TOGETHER ? first : null;
  return { kind: "group", key: `group:${group.name}`, group, lost: group.lost, carrier: carrier ?? "", lead: sites.leadOf(group), since };
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
