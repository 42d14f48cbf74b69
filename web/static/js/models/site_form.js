/**
 * What a site's page asks next, and what it makes of the numbers; no DOM. Instants are microseconds.
 *
 * @typedef {import("../lib/outbox.js").Entry} Entry
 * @typedef {{id: string, name: string}} Category
 * @typedef {{code: string, name: string, group: string, expected?: number, present?: number | null, checked_in_at?: number | null,
 *   chair?: string, chair_as_planned?: boolean | null, chair_name?: string, contact_name?: string, contact_phone?: string,
 *   grade: string, required?: boolean}} SiteRow
 * @typedef {{id: string, name: string, part: string, connected: boolean}} OwnDevice
 * @typedef {{counts: Record<string, number>, history: [number, string, number][], devices: OwnDevice[],
 *   others?: [string, string][]}} OwnSite
 * @typedef {"present" | "count" | "screen"} Step
 * @typedef {"todo" | "saved" | "done"} Progress `saved`: on this device, not yet accepted by the centre
 */

/** As on the server (server/ceremony/attendance.py). */
export const MAX_HEAD_COUNT = 99_999;
export const UNUSUAL_FACTOR = 20;
export const UNUSUAL_WITHOUT_EXPECTED = 1_000;
export const MAX_TEXT = 250;

/** @type {Step[]} */
export const STEPS = ["present", "count", "screen"];

/**
 * How far each step is, from what the centre told and what waits on this device.
 * @param {SiteRow | null} site
 * @param {OwnSite | null} mine
 * @param {Entry[]} entries the outbox
 * @param {boolean} screenSkipped the host said that this device will not be the screen
 * @returns {Record<Step, Progress>}
 */
export function progress(site, mine, entries, screenSkipped) {
  const waits = (/** @type {string} */ kind) => entries.some((entry) => entry.kind === kind && isWaiting(entry));
  const accepted = (/** @type {string} */ kind) => entries.some((entry) => entry.kind === kind && entry.state === "accepted");
  const told = (/** @type {boolean} */ known, /** @type {string} */ kind) =>
    waits(kind) ? "saved" : known || accepted(kind) ? "done" : "todo";
  const present = told(Boolean(site?.checked_in_at), "check_in");
  const chair = told(site?.chair_as_planned !== null && site?.chair_as_planned !== undefined, "declare_chair");
  const screen = mine?.devices.some((device) => device.part === "screen") || screenSkipped;
  return {
    present: present === "todo" || chair === "todo" ? "todo" : present === "saved" || chair === "saved" ? "saved" : "done",
    count: told(site?.present !== null && site?.present !== undefined, "report_head_count"),
    screen: screen ? "done" : "todo",
  };
}

/**
 * The first step that is not done; null when nothing is left to ask.
 * @param {Record<Step, Progress>} done
 * @returns {Step | null}
 */
export function nextStep(done) {
  return STEPS.find((step) => done[step] === "todo") ?? null;
}

/**
 * Whether the contact still has to say that somebody is there: else the question is about the chair.
 * @param {SiteRow | null} site
 * @param {Entry[]} entries
 */
export function asksForContact(site, entries) {
  return !site?.checked_in_at && !entries.some((entry) => entry.kind === "check_in" && entry.state !== "refused");
}

/**
 * @param {Record<string, number>} counts
 */
export function total(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/**
 * A count as it was typed: digits only, within what the server takes.
 * @param {string} text
 */
export function readCount(text) {
  const digits = text.replace(/\D/g, "").slice(0, 5);
  return digits === "" ? 0 : Math.min(MAX_HEAD_COUNT, Number(digits));
}

/**
 * Why a total should be looked at again before it is reported; null when it is usual.
 * @param {number} sum
 * @param {number} expected
 * @returns {"none" | "many" | null}
 */
export function unusual(sum, expected) {
  if (sum === 0) return "none";
  return sum > (expected * UNUSUAL_FACTOR || UNUSUAL_WITHOUT_EXPECTED) ? "many" : null;
}

/**
 * Whether this report corrects one that was already given.
 * @param {SiteRow | null} site
 * @param {Entry[]} entries
 */
export function isCorrection(site, entries) {
  if (site?.present !== null && site?.present !== undefined) return true;
  return entries.some((entry) => entry.kind === "report_head_count" && entry.state !== "refused");
}

/**
 * The counts to begin with: those that wait here, else those the centre has, else the last ones reported here, else none.
 * @param {Category[]} categories
 * @param {OwnSite | null} mine
 * @param {Entry[]} entries
 * @returns {Record<string, number>}
 */
export function startingCounts(categories, mine, entries) {
  const last = entries.filter((entry) => entry.kind === "report_head_count" && entry.state !== "refused").at(-1);
  // What the centre has goes over what it took from here: somebody else may have corrected it since.
  const told = last && !isWaiting(last) && Object.keys(mine?.counts ?? {}).length > 0 ? mine?.counts : undefined;
  const known = /** @type {Record<string, number>} */ (told ?? last?.fields.counts ?? mine?.counts ?? {});
  return Object.fromEntries(categories.map(({ id }) => [id, known[id] ?? 0]));
}

/**
 * What to say about the saving of a step: the newest entry of its kinds that still tells something.
 * @param {Entry[]} entries
 * @param {string[]} kinds
 * @returns {Entry | null}
 */
export function lastOf(entries, kinds) {
  return entries.filter((entry) => kinds.includes(entry.kind)).at(-1) ?? null;
}

/** @param {Entry} entry */
function isWaiting(entry) {
  return entry.state === "saved" || entry.state === "sent";
}
