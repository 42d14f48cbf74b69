/**
 * What the technical team watches beside the grades, from the feed `watch`: incidents, maintenances, what is noted of sites, and
 * how the alerts go.
 *
 * @typedef {{at: number, what: "opened" | "grown" | "recovered" | "absorbed" | "closed", count: number}} IncidentNote
 * @typedef {{number: number, kind: "group" | "parent" | "carrier", target: string, name: string, since: number, opened_at: number,
 *   total: number, lost: string[], notes: IncidentNote[], sites?: string[], carrier?: string, power_likely?: boolean,
 *   closed_at?: number | null, into?: number | null, ack_by?: string, ack_reason?: string, ack_at?: number | null}} Incident
 * @typedef {{maintenance: string, scope: "site" | "group" | "carrier", target: string, name: string, starts: number, until: number,
 *   reason: string, by: string}} Maintenance
 * @typedef {"" | "mains" | "battery" | "generator"} PowerSource
 * @typedef {{code: string, power?: PowerSource, battery?: number | null, flapping?: boolean, ack_by?: string, ack_reason?: string,
 *   ack_at?: number | null}} Noted
 * @typedef {{gateways: string[], problem: string, since: number | null}} Alerts
 * @typedef {import("./grades.js").SiteRow} SiteRow
 */

/** @type {Noted} */
const NOTHING = { code: "" };

export class Watch {
  constructor() {
    /** @type {Incident[]} open ones, the largest first */
    this.incidents = [];
    /** @type {Incident[]} that are over, the last first */
    this.closed = [];
    /** @type {Maintenance[]} */
    this.maintenances = [];
    /** @type {Alerts | null} */
    this.alerts = null;
    /** @type {Map<string, Noted>} */
    this._noted = new Map();
    /** @type {Map<string, Incident>} a lost site → its open incident */
    this._lost = new Map();
  }

  /** @param {Map<string, any>} rows of the feed, as they are now */
  take(rows) {
    /** @type {Incident[]} */
    const incidents = [];
    this.maintenances = [];
    this._noted.clear();
    for (const [key, row] of rows) {
      if (key.startsWith("incident:")) incidents.push(row);
      else if (key.startsWith("maintenance:")) this.maintenances.push(row);
      else if (key.startsWith("site:")) this._noted.set(row.code, row);
    }
    this.alerts = rows.get("alerts") ?? null;
    this.incidents = incidents.filter((each) => !each.closed_at).sort((a, b) => b.lost.length - a.lost.length || a.number - b.number);
    this.closed = incidents.filter((each) => each.closed_at).sort((a, b) => Number(b.closed_at) - Number(a.closed_at));
    this._lost = new Map(this.incidents.flatMap((each) => each.lost.map((code) => [code, each])));
  }

  /** @param {string} code */
  noted(code) {
    return this._noted.get(code) ?? NOTHING;
  }

  /** Codes of the sites that are held as flapping. */
  get flapping() {
    return [...this._noted.values()].filter((row) => row.flapping).map((row) => row.code);
  }

  /** How many sites run on a generator or on their battery. */
  get onOwnPower() {
    return [...this._noted.values()].filter((row) => row.power === "generator" || row.power === "battery").map((row) => row.code);
  }

  /** The open incident in which a site is lost. @param {string} code */
  incidentOf(code) {
    return this._lost.get(code);
  }

  /** @param {number} number */
  incident(number) {
    return this.incidents.find((each) => each.number === number);
  }

  /** The maintenance that a site is in. @param {SiteRow} site @param {number} now */
  planned(site, now) {
    return this.maintenances.find((each) => each.starts <= now && now < each.until && covers(each, site));
  }

  /** Somebody takes care of the site, or it is meant to be off. @param {SiteRow} site @param {number} now */
  isTaken(site, now) {
    return Boolean(this.noted(site.code).ack_by) || this.planned(site, now) !== undefined;
  }
}

/** @param {Maintenance} maintenance @param {SiteRow} site */
function covers(maintenance, site) {
  const of = { site: site.code, group: site.group, carrier: site.carrier ?? "" };
  return of[maintenance.scope] === maintenance.target;
}

/**
 * The instant that somebody means by a clock of Việt Nam ("10:30"): the next time it shows so.
 * @param {string} text
 * @param {number} now
 * @returns {number | null} null where it is no time
 */
export function nextTime(text, now) {
  const found = /^([01]?\d|2[0-3])[:hg.]([0-5]\d)$/.exec(text.trim());
  if (!found) return null;
  const day = 86_400_000_000;
  const zone = 7 * 3_600_000_000;
  const midnight = Math.floor((now + zone) / day) * day - zone;
  const at = midnight + (Number(found[1]) * 60 + Number(found[2])) * 60_000_000;
  return at > now ? at : at + day;
}
