/**
 * Which phase is on, whose figure counts, and how the history reads; no DOM. Instants are microseconds.
 * The rows are those of server/feeds/figures_rows.py.
 *
 * @typedef {{number: number, rehearsal: number, since: number | null, undoable: boolean, disagreeing: number, seen_on: boolean,
 *   retired: number, ended: number[]}} PhaseRow
 * @typedef {{role: string, seat?: string, site?: string | null, name?: string, device?: string | null, device_name?: string}} SenderRow
 * @typedef {{id: string, total: number, counts: Record<string, number>, occurred_at: number, at: number, sender: SenderRow,
 *   counting: boolean}} FigureRow
 * @typedef {{kind: string, at: number, occurred_at: number, sender: SenderRow, total?: number | null, reason?: string,
 *   standing?: string, device_at?: number | null}} WordRow
 * @typedef {{site: string, name: string, chair: string}} GuestRow
 * @typedef {{phase: number, figures: FigureRow[], history: WordRow[], chair_at: string | null, chair_at_name: string,
 *   guests: GuestRow[], seen: number | null}} SiteFiguresRow
 * @typedef {import("../lib/outbox.js").Entry} Entry
 */

import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/** A report typed this long before it arrived waited on the device: both times are told. */
const WAITED = 120_000_000;

/**
 * Who said it, in words: "Huyện Nam Đàn báo thay", "bàn trực (desk-1) nhập", "điểm cầu báo (Chrome trên Android)".
 * @param {SenderRow} sender
 */
export function senderWords(sender) {
  if (sender.site) return t("{name} báo thay", { name: sender.name || sender.site });
  if (sender.role === "host") return sender.device_name ? t("điểm cầu báo ({device})", { device: sender.device_name }) : t("điểm cầu báo");
  return officeWords(sender.role, sender.seat ?? "");
}

/**
 * Who stands behind the figure of a SiteRow, in words.
 * @param {string} role `reported_by`
 * @param {string} [name] `reported_for`: the lead's site, or the name of the desk's link
 */
export function reporterWords(role, name = "") {
  if (role === "host") return name ? t("{name} báo thay", { name }) : t("điểm cầu báo");
  return officeWords(role, name);
}

/** @param {string} role @param {string} seat */
function officeWords(role, seat) {
  const who = { desk: t("bàn trực"), tech: t("kỹ thuật"), admin: t("quản trị") }[role] ?? role;
  return seat ? t("{who} ({seat}) nhập", { who, seat }) : t("{who} nhập", { who });
}

/**
 * When it was said: the time it was typed, and when it arrived if that was much later.
 * @param {{at: number, occurred_at: number, device_at?: number | null}} said
 */
export function whenWords({ at, occurred_at, device_at }) {
  const waited = at - occurred_at > WAITED ? t(", đến lúc {time}", { time: time(at) }) : "";
  const own = device_at ? t(" (đồng hồ máy {time})", { time: time(device_at) }) : "";
  return time(occurred_at) + waited + own;
}

/**
 * One line of the history.
 * @param {WordRow} word
 * @returns {{head: string, words: string, total: string, standing: "" | "counting" | "beside" | "superseded"}}
 */
export function historyLine(word) {
  const standing = /** @type {"" | "counting" | "beside" | "superseded"} */ (word.standing ?? "");
  const what = { check_in: t("Điểm danh"), chair: t("Chủ trì"), choice: t("Chọn số {count}", { count: number(word.total ?? 0) }) }[word.kind] ?? "";
  const put = { "": "", counting: t("đang tính"), beside: t("chưa thống nhất"), superseded: t("đã thay") }[standing];
  return {
    head: [whenWords(word), senderWords(word.sender)].join(" · "),
    words: [what, put, word.reason ? t("lý do: {reason}", { reason: word.reason }) : ""].filter(Boolean).join(", "),
    total: word.kind === "head_count" ? number(word.total ?? 0) : "",
    standing,
  };
}

/**
 * The figures that do not agree; none where there is one or no figure.
 * @param {SiteFiguresRow | null | undefined} row
 * @returns {FigureRow[]}
 */
export function unsettled(row) {
  return row && row.figures.length > 1 ? row.figures : [];
}

/**
 * The fields of "Chọn số này".
 * @param {FigureRow[]} figures
 * @param {string} chosen
 */
export function choice(figures, chosen) {
  return { figure: chosen, over: figures.map((each) => each.id).filter((id) => id !== chosen) };
}

/**
 * What a report from this page supersedes: the figures the centre told it of, and those of its own that still wait here.
 * @param {SiteFiguresRow | null} row
 * @param {Entry[]} entries of this phase
 * @returns {string[]}
 */
export function shownFigures(row, entries) {
  const own = entries.filter((entry) => entry.kind === "report_head_count" && entry.state !== "refused").map((entry) => entry.id);
  return [...new Set([...(row?.figures ?? []).map((each) => each.id), ...own.slice(-10)])];
}

/**
 * Entries of the phase that is on: what was typed in another one is settled there, and asks nothing any more. Entries that an older
 * page kept without a phase belong to this one.
 * @param {Entry[]} entries
 * @param {number | null} phase null while it is not known
 */
export function ofPhase(entries, phase) {
  return phase === null ? entries : entries.filter((entry) => (entry.fields.phase ?? phase) === phase);
}

/**
 * What the revoked page could not send, in words to be read over the phone.
 * @param {Entry[]} entries
 * @returns {string[]}
 */
export function unsentWords(entries) {
  return entries.filter((entry) => entry.state === "saved" || entry.state === "sent").map((entry) => `${time(entry.occurred_at)} · ${unsentWhat(entry)}`);
}

/** @param {Entry} entry */
function unsentWhat(entry) {
  if (entry.kind === "check_in") return t("điểm danh");
  if (entry.kind === "declare_chair") return entry.fields.as_planned ? t("chủ trì theo kế hoạch") : t("chủ trì thay");
  if (entry.kind === "choose_head_count") return t("chọn số đại biểu");
  if (entry.kind !== "report_head_count") return t("kiểm tra sẵn sàng");
  const counts = /** @type {Record<string, number>} */ (entry.fields.counts);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return t("{count} đại biểu", { count: number(total) });
}

/**
 * The line on every page while a rehearsal is on.
 * @param {PhaseRow | null | undefined} phase
 * @returns {{kind: "warn", code: string, text: string}[]}
 */
export function phaseLines(phase) {
  if (!phase?.rehearsal) return [];
  return [{ kind: "warn", code: "attendance_rehearsal", text: t("TỔNG DUYỆT: điểm danh và số đại biểu lúc này chỉ để tập, không tính vào ngày chính thức.") }];
}
