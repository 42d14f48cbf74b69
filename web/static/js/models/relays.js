// The relays to other platforms in words: what is wanted, what is true, what stands in the way of starting. No DOM.

import { clock, number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { decimal } from "./media.js";

/**
 * @typedef {{item?: string | null, at?: number | null}} Moment
 * @typedef {{relay: string, name: string, platform: string, shown_url: string, has_key: boolean, key_characters: number, start: Moment, stop: Moment,
 *   wanted: boolean, wanted_since: number | null, state: string, since: number | null, kbps: number, sent_megabytes: number,
 *   retries: number, dropped: number, last_error: string, retry_at: number | null}} RelayRow
 * @typedef {import("./media.js").Tone} Tone
 * @typedef {{ok: boolean, words: string}} Check
 */

const SECOND = 1_000_000;
const STABLE = 60 * SECOND;

/** Platforms, whether each has an address of its own, and where its key is found. */
export function platforms() {
  return [
    { id: "youtube", name: "YouTube", address: false, hint: t("YouTube Studio → Tạo → Phát trực tiếp → Khóa luồng.") },
    { id: "facebook", name: "Facebook", address: false, hint: t("Trang quản lý → Video trực tiếp → Phần mềm phát trực tiếp → Khóa luồng.") },
    { id: "tiktok", name: "TikTok", address: true, hint: t("TikTok Live Producer cấp địa chỉ máy chủ và khóa cho từng buổi, nếu tài khoản được phép.") },
    { id: "zalo", name: "Zalo", address: true, hint: t("Zalo Official Account → Livestream, nếu trang được cấp quyền phát bằng khóa.") },
    { id: "custom", name: t("Máy chủ khác (RTMP, RTMPS)"), address: true, hint: t("Địa chỉ dạng rtmp:// hoặc rtmps://; khóa có thể để trống.") },
  ];
}

/** @param {string} id */
export function platformName(id) {
  return platforms().find((each) => each.id === id)?.name ?? id;
}

/** @param {Map<string, any>} rows @returns {RelayRow[]} by name */
export function relaysOf(rows) {
  return [...rows].filter(([key]) => key.startsWith("relay:")).map(([, row]) => row).sort((one, other) => one.name.localeCompare(other.name, "vi"));
}

/** @param {RelayRow} relay @returns {Tone} */
export function relayTone(relay) {
  if (!relay.wanted) return "rest";
  if (relay.state === "sending") return "good";
  return relay.state.startsWith("failed") ? "bad" : "warn";
}

/** @param {RelayRow} relay */
export function relayState(relay) {
  if (!relay.wanted && (relay.state === "off" || relay.state === "unknown")) return t("Chưa bật");
  /** @type {Record<string, string>} */
  const words = {
    off: t("Đang dừng"),
    connecting: t("Đang kết nối"),
    sending: t("Đang gửi"),
    on_slate: t("Đang gửi thẻ chờ"),
    waiting: t("Chờ thử lại"),
    failed_auth: t("Bị từ chối: sai khóa"),
    failed_network: t("Mất đường tới nơi nhận"),
    failed_profile: t("Nơi nhận không nhận dạng hình này"),
    unknown: t("Chưa rõ"),
  };
  return words[relay.state] ?? relay.state;
}

/**
 * Figures of a relay that is wanted: since when, kb/s, tries, what was left out.
 * @param {RelayRow} relay
 * @param {number} now µs
 */
export function relayFigures(relay, now) {
  const parts = [];
  const sending = relay.state === "sending" || relay.state === "on_slate";
  if (sending && relay.since !== null) parts.push(t("đã {time}", { time: length(now - relay.since) }));
  if (sending) parts.push(`${number(relay.kbps)} kb/s`);
  if (relay.sent_megabytes > 0) parts.push(relay.sent_megabytes >= 1000 ? `${decimal(relay.sent_megabytes / 1000)} GB` : `${number(relay.sent_megabytes)} MB`);
  if (relay.retries > 0) parts.push(t("nối lại {count} lần", { count: relay.retries }));
  if (relay.dropped > 0) parts.push(t("bỏ {count} khung vì nơi nhận chậm", { count: number(relay.dropped) }));
  if (relay.retry_at !== null && !sending) parts.push(t("thử lại lúc {time}", { time: clock(relay.retry_at) }));
  return parts.join(" · ");
}

/** Whole minutes and seconds, hours where there are some. @param {number} duration µs */
export function length(duration) {
  const seconds = Math.max(0, Math.floor(duration / SECOND));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest;
}

/**
 * When it starts and stops by itself; empty: by hand alone.
 * @param {RelayRow} relay
 * @param {Array<{id: string, title: string}>} items of the programme
 */
export function plannedWords(relay, items) {
  const named = (/** @type {Moment} */ moment) => {
    if (moment.at) return t("lúc {time}", { time: time(moment.at) });
    if (moment.item) return `“${items.find((item) => item.id === moment.item)?.title ?? moment.item}”`;
    return "";
  };
  const start = named(relay.start ?? {});
  const stop = named(relay.stop ?? {});
  return [start && t("tự bật {when}", { when: start }), stop && t("tự dừng {when}", { when: stop })].filter(Boolean).join(", ");
}

/**
 * What should be right before the programme is sent to others. The test of the connection is asked for apart.
 * @param {Map<string, any>} rows of the feed `media`
 * @param {number} now µs
 * @returns {Check[]}
 */
export function preflight(rows, now) {
  /** @type {import("./media.js").OutputRow | undefined} */
  const output = rows.get("output");
  /** @type {import("./media.js").SourceRow | undefined} */
  const source = output?.source ? rows.get(`source:${output.source}`) : undefined;
  const serious = source?.faults.filter((fault) => fault.serious) ?? [];
  const real = source !== undefined && source.name !== "slate";
  const profile = real && (serious.length === 0 || source.encoded);
  const since = source?.stable_since ?? null;
  const stable = real && since !== null && now - since >= STABLE;
  const left = since === null ? "" : length(STABLE - (now - since));
  return [
    { ok: Boolean(output?.flowing), words: output?.flowing ? t("Chương trình đang ra hình") : t("Chương trình chưa ra hình") },
    { ok: profile, words: profile ? t("Dạng hình và tiếng đúng chuẩn") : real ? serious[0].words : t("Đang là thẻ chờ, chưa có nguồn") },
    { ok: stable, words: stable ? t("Ổn định từ 60 giây trở lên") : real && since !== null ? t("Cần ổn định 60 giây, còn {left}", { left }) : t("Chưa ổn định 60 giây") },
  ];
}

/**
 * "19:30" of the ceremony's day as an instant; null where that is no time of day.
 * @param {string} text
 * @param {number} day an instant of that day, µs
 */
export function timeOfDay(text, day) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  const offset = 7 * 3600 * SECOND;
  const midnight = Math.floor((day + offset) / (24 * 3600 * SECOND)) * 24 * 3600 * SECOND - offset;
  return midnight + (Number(found[1]) * 60 + Number(found[2])) * 60 * SECOND;
}
