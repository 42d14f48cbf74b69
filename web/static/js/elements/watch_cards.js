// Cards of what was lost together, planned off, taken, and of alerts that do not go out; and what is noted of a single site.

import { number, telephone, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { isConnected } from "../models/grades.js";

/**
 * @typedef {import("../models/attention.js").Matter} Matter
 * @typedef {import("../models/watch.js").Watch} Watch
 * @typedef {import("../models/watch.js").Incident} Incident
 * @typedef {import("../models/watch.js").Noted} Noted
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {import("./matter_list.js").Card} Card
 * @typedef {import("./matter_list.js").Act} Act
 * @typedef {{watch: Watch, mayAct: boolean, acknowledge: (what: {site?: string, incident?: number}, title: string) => void,
 *   withdraw: (what: {site?: string, incident?: number}) => void, endMaintenance: (id: string, name: string) => void,
 *   showIncident: (number: number) => void, showGroup: (name: string) => void}} WatchDoors
 */

/**
 * @param {Extract<Matter, {kind: "incident" | "maintenance" | "alerts"}>} matter
 * @param {WatchDoors} doors
 * @returns {Card}
 */
export function watchCard(matter, doors) {
  if (matter.kind === "incident") return incidentCard(matter, doors);
  if (matter.kind === "maintenance") return maintenanceCard(matter, doors);
  return { key: matter.key, title: t("Cảnh báo ra ngoài chưa gửi được"), why: matter.problem, bad: true, open: null, acts: [] };
}

/**
 * @param {Extract<Matter, {kind: "incident"}>} matter
 * @param {WatchDoors} doors
 * @returns {Card}
 */
function incidentCard({ key, incident, lead }, doors) {
  const show = () => doors.showIncident(incident.number);
  /** @type {Act[]} */
  const acts = [];
  const href = telephone(lead?.contact_phone ?? "");
  if (href && !incident.ack_by) acts.push({ words: t("Gọi đầu mối cụm"), href });
  if (doors.mayAct && !incident.ack_by) acts.push({ words: t("Tiếp nhận"), press: () => doors.acknowledge({ incident: incident.number }, incidentTitle(incident)) });
  acts.push({ words: t("Xem các điểm cầu"), press: show });
  if (doors.mayAct && incident.ack_by) acts.push({ words: t("Bỏ tiếp nhận"), press: () => doors.withdraw({ incident: incident.number }) });
  return { key, title: incidentTitle(incident), why: incidentWhy(incident, lead), bad: !incident.ack_by, loud: !incident.ack_by, open: show, acts };
}

/** "VNPT: 38 điểm cầu mất kết nối cùng lúc (07:02)". @param {Incident} incident */
export function incidentTitle(incident) {
  return tn("{name}: {count} điểm cầu mất kết nối cùng lúc ({time})", incident.total, {
    name: incident.name,
    count: number(incident.total),
    time: time(incident.since),
  });
}

/** @param {Incident} incident @param {SiteRow | undefined} lead */
function incidentWhy(incident, lead) {
  const back = incident.total - incident.lost.length;
  return [
    incident.ack_by ? t("Đã tiếp nhận ({by}, {time}): {reason}.", { by: incident.ack_by, time: time(Number(incident.ack_at)), reason: incident.ack_reason ?? "" }) : "",
    back > 0 ? tn("{count} nơi đã trở lại, còn {left}.", back, { count: number(back), left: number(incident.lost.length) }) : "",
    incident.carrier ? t("Cùng nhà mạng {carrier}.", { carrier: incident.carrier }) : "",
    incident.power_likely ? t("Có thể do mất điện: trước đó phần lớn chạy pin hoặc máy phát.") : "",
    lead && isConnected(lead.grade) ? t("{lead} còn kết nối.", { lead: lead.name }) : "",
    !incident.carrier && incident.kind === "carrier" && !incident.ack_by ? t("Gọi trực mạng của {carrier}.", { carrier: incident.name }) : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * @param {Extract<Matter, {kind: "maintenance"}>} matter
 * @param {WatchDoors} doors
 * @returns {Card}
 */
function maintenanceCard({ key, maintenance, count }, doors) {
  const name = maintenance.scope === "carrier" ? t("Nhà mạng {carrier}", { carrier: maintenance.name }) : maintenance.name;
  const why = [
    t("Đến {time}, {by}: {reason}.", { time: time(maintenance.until), by: maintenance.by, reason: maintenance.reason }),
    count > 0 ? tn("{count} nơi đang mất kết nối.", count, { count: number(count) }) : "",
  ];
  /** @type {Act[]} */
  const acts = doors.mayAct ? [{ words: t("Kết thúc bảo trì"), press: () => doors.endMaintenance(maintenance.maintenance, name) }] : [];
  return { key, title: t("Bảo trì: {name}", { name }), why: why.filter(Boolean).join(" "), bad: false, open: null, acts };
}

/**
 * What is noted of a site, for its card: words and acts.
 * @param {SiteRow} site
 * @param {WatchDoors} doors
 * @returns {{why: string[], acts: Act[], taken: boolean}}
 */
export function notedOf(site, doors) {
  const noted = doors.watch.noted(site.code);
  const why = [powerWords(noted)];
  if (noted.ack_by) why.unshift(ackWords(noted));
  /** @type {Act[]} */
  const acts = [];
  if (doors.mayAct) {
    if (noted.ack_by) acts.push({ words: t("Bỏ tiếp nhận"), press: () => doors.withdraw({ site: site.code }) });
    else acts.push({ words: t("Tiếp nhận"), press: () => doors.acknowledge({ site: site.code }, site.name) });
  }
  return { why: why.filter(Boolean), acts, taken: Boolean(noted.ack_by) };
}

/** @param {Noted} noted */
export function ackWords(noted) {
  return t("Đã tiếp nhận ({by}, {time}): {reason}.", { by: noted.ack_by ?? "", time: time(Number(noted.ack_at)), reason: noted.ack_reason ?? "" });
}

/** @param {{power?: import("../models/watch.js").PowerSource, battery?: number | null}} noted */
export function powerWords({ power, battery }) {
  if (power === "generator") return t("Đang dùng máy phát điện.");
  if (power !== "battery") return "";
  return battery === undefined || battery === null ? t("Đang chạy bằng pin.") : t("Đang chạy bằng pin, còn {percent}%.", { percent: Math.round(battery * 100) });
}
