// The programme's sources, output and recording in words and tones, from the rows of the feed `media`. No DOM.

import { clock, number } from "../lib/format.js";
import { t } from "../lib/i18n.js";

/**
 * @typedef {{code: string, words: string, serious: boolean}} Fault
 * @typedef {{video_codec?: string, video_profile?: string, video_level?: number, width?: number, height?: number, frames_per_second?: number,
 *   keyframe_seconds?: number, b_frames?: boolean, video_kbps?: number, audio_codec?: string, audio_hz?: number, audio_channels?: number,
 *   audio_kbps?: number, loudness_lufs?: number, loudness_integrated_lufs?: number, true_peak_dbfs?: number,
 *   link_round_trip_ms?: number, link_lost_percent?: number}} Measured
 * @typedef {{name: string, kind: string, generation: number, shown_address: string, offset: number, on_air: boolean, chosen: boolean, state: string,
 *   since: number | null, words: string, port: number | null, encoded: boolean, stable_since: number | null, measured: Measured,
 *   faults: Fault[], thumbnail_at: number | null}} SourceRow
 * @typedef {{source: string | null, since: number | null, why: string, wanted: string | null, width: number, height: number, kbps: number,
 *   video_kbps: number, flowing: boolean, viewers: number, problem: string, thumbnail_at: number | null}} OutputRow
 * @typedef {{state: string, since: number | null, words: string, restarts: number}} WorkerRow
 * @typedef {{wanted: boolean, state: string, since: number | null, begin: number | null, megabytes: number, free_megabytes: number, words: string}} RecordingRow
 * @typedef {"good" | "warn" | "bad" | "rest"} Tone
 */

export const SOURCES = ["primary", "backup", "slate"];
const SECOND = 1_000_000;
/** A thumbnail comes every 5 s; older than this it is shown as old. */
const PICTURE_OLD = 20 * SECOND;

/** @param {string | null} name */
export function sourceName(name) {
  if (name === "primary") return t("Nguồn chính");
  if (name === "backup") return t("Nguồn dự phòng");
  if (name === "slate") return t("Thẻ chờ");
  return t("Chưa có nguồn");
}

/** Where room is scarce. @param {string} name */
export function shortName(name) {
  return name === "primary" ? t("Chính") : name === "backup" ? t("Dự phòng") : t("Thẻ chờ");
}

/** @param {Map<string, any>} rows @returns {SourceRow[]} primary, backup, slate, as far as they are told */
export function sourcesOf(rows) {
  return SOURCES.map((name) => rows.get(`source:${name}`)).filter(Boolean);
}

/**
 * Why nothing of the programme can be trusted now; empty while its worker is well.
 * @param {WorkerRow | undefined} worker
 */
export function workerWords(worker) {
  if (!worker) return "";
  if (worker.state === "off") return t("Máy chủ này chạy không kèm phần truyền hình.");
  if (worker.state === "starting") return t("Phần truyền hình đang khởi động.");
  if (worker.state === "lost") return worker.words || t("Phần truyền hình vừa dừng, máy chủ đang tự khởi động lại. Bấm nút và điểm cầu không bị ảnh hưởng.");
  return "";
}

/** @param {SourceRow} source @returns {Tone} */
export function sourceTone(source) {
  if (source.name === "slate") return "rest";
  if (source.state === "receiving") return source.faults.length > 0 ? "warn" : "good";
  if (["stalled", "refused", "failed"].includes(source.state)) return "bad";
  return source.on_air ? "bad" : "rest";
}

/** @param {SourceRow} source */
export function stateWords(source) {
  if (source.name === "slate") return t("Luôn sẵn sàng");
  /** @type {Record<string, string>} */
  const words = {
    idle: t("Chưa dùng"),
    waiting: t("Chờ tín hiệu"),
    connecting: t("Đang kết nối"),
    receiving: source.encoded ? t("Đang nhận, phải mã hóa lại") : t("Đang nhận"),
    stalled: t("Tín hiệu đứng"),
    refused: t("Từ chối người phát"),
    failed: t("Lỗi"),
    unknown: t("Chưa rõ"),
  };
  return words[source.state] ?? source.state;
}

/**
 * What stands under the state: the worker's own words, else how long.
 * @param {SourceRow} source
 */
export function moreWords(source) {
  if (source.words) return source.words;
  if (source.state === "receiving" && source.since !== null) return t("từ {time}", { time: clock(source.since) });
  if (source.state === "waiting") return t("Chưa ai phát tới địa chỉ này.");
  return "";
}

/** @param {OutputRow | undefined} output */
export function outputWords(output) {
  if (!output || output.source === null) return t("Chưa phát");
  /** @type {Record<string, string>} */
  const why = {
    by_hand: t("chọn tay"),
    primary_lost: t("mất nguồn chính"),
    primary_back: t("nguồn chính đã trở lại"),
    backup_lost: t("mất nguồn dự phòng"),
  };
  const since = output.since === null ? "" : t("từ {time}", { time: clock(output.since) });
  return [sourceName(output.source), [since, why[output.why]].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
}

/** What is wrong with what goes out; empty: nothing. @param {OutputRow | undefined} output */
export function outputProblem(output) {
  if (!output || output.source === null) return "";
  return output.problem || (output.flowing ? "" : t("Chưa ra đoạn hình mới nào trong 8 giây qua: người xem có thể đang đứng hình."));
}

/** @param {OutputRow | undefined} output @returns {Tone} */
export function outputTone(output) {
  if (!output || output.source === null) return "rest";
  if (outputProblem(output)) return "bad";
  return output.source === "primary" || output.wanted === output.source ? "good" : "warn";
}

/** @param {OutputRow | undefined} output */
export function modeWords(output) {
  if (!output) return "";
  return output.wanted === null ? t("Tự động chọn nguồn") : t("Giữ bằng tay: {name}", { name: sourceName(output.wanted) });
}

/**
 * What was measured, as pairs of name and value; only what is known.
 * @param {Measured} found
 * @returns {Array<[string, string]>}
 */
export function facts(found) {
  /** @type {Array<[string, string]>} */
  const list = [];
  if (found.video_codec === "none") list.push([t("Hình"), t("không có")]);
  else if (found.width && found.height) {
    const codec = [codecName(found.video_codec), found.video_profile].filter(Boolean).join(" ");
    list.push([t("Hình"), `${found.width}×${found.height}${found.frames_per_second ? ` · ${decimal(found.frames_per_second)} h/s` : ""} · ${codec}`]);
  }
  if (found.keyframe_seconds) list.push([t("Khung khóa"), t("{seconds} giây", { seconds: decimal(found.keyframe_seconds) }) + (found.b_frames ? ` · ${t("có khung B")}` : "")]);
  if (found.video_kbps) list.push([t("Tốc độ hình"), `${number(found.video_kbps)} kb/s`]);
  if (found.audio_codec === "none") list.push([t("Tiếng"), t("không có")]);
  else if (found.audio_hz) list.push([t("Tiếng"), `${codecName(found.audio_codec)} · ${decimal(found.audio_hz / 1000)} kHz · ${channels(found.audio_channels)}`]);
  if (found.loudness_lufs !== undefined && found.loudness_lufs !== null) list.push([t("Độ to"), loudness(found)]);
  if (found.link_round_trip_ms !== undefined && found.link_round_trip_ms !== null) {
    list.push([t("Đường truyền"), t("{rtt} ms, mất {lost}%", { rtt: Math.round(found.link_round_trip_ms), lost: decimal(found.link_lost_percent ?? 0) })]);
  }
  return list;
}

/** @param {Measured} found */
function loudness(found) {
  const now = (found.loudness_lufs ?? 0) <= -69 ? t("im lặng") : `${decimal(found.loudness_lufs ?? 0)} LUFS`;
  const peak = found.true_peak_dbfs === undefined || found.true_peak_dbfs === null ? "" : t("đỉnh {peak} dBTP", { peak: decimal(found.true_peak_dbfs) });
  return [now, peak].filter(Boolean).join(" · ");
}

/** @param {string | undefined} codec */
function codecName(codec) {
  return { h264: "H.264", hevc: "HEVC", aac: "AAC", opus: "Opus" }[codec ?? ""] ?? (codec ?? "").toUpperCase();
}

/** @param {number | undefined} count */
function channels(count) {
  return count === 1 ? t("một kênh") : count === 2 ? t("hai kênh") : t("{count} kênh", { count: count ?? 0 });
}

/** 2.0 → "2", 29.97 → "30", −18.25 → "−18,3". @param {number} value */
export function decimal(value) {
  return value.toFixed(1).replace(/\.0$/, "").replace(".", ",").replace(/^-0$/, "0").replace("-", "−");
}

/** A slate never grows old. @param {{thumbnail_at: number | null, name?: string}} row @param {number} now µs @returns {"none" | "now" | "old"} */
export function pictureAge(row, now) {
  if (row.thumbnail_at === null) return "none";
  if (row.name === "slate") return "now";
  return now - row.thumbnail_at > PICTURE_OLD ? "old" : "now";
}

/** @param {RecordingRow | undefined} row */
export function recordingWords(row) {
  if (!row || row.state === "unknown") return t("Ghi hình: chưa rõ");
  if (row.state === "recording") return t("Đang ghi hình: {size}, còn trống {free}", { size: size(row.megabytes), free: size(row.free_megabytes) });
  if (row.words) return row.words;
  if (row.state === "full") return t("Đĩa đầy: đã dừng ghi hình.");
  if (row.state === "failed") return t("Không ghi hình được.");
  return t("Không ghi hình.");
}

/** @param {number} megabytes */
function size(megabytes) {
  return megabytes >= 1000 ? `${decimal(megabytes / 1000)} GB` : `${number(megabytes)} MB`;
}

/**
 * The trend of one source for its chart: seconds, kb/s, LUFS, per cent lost; one sample a second at most, ten minutes long.
 */
export class Trend {
  /** @param {number} [most] samples kept */
  constructor(most = 600) {
    this._most = most;
    /** @type {[number[], Array<number | null>, Array<number | null>, Array<number | null>]} */
    this.columns = [[], [], [], []];
  }

  /**
   * @param {SourceRow} source
   * @param {number} now µs
   * @returns {boolean} whether something was added
   */
  take(source, now) {
    const at = Math.floor(now / SECOND);
    const times = this.columns[0];
    if (times.length > 0 && at <= times[times.length - 1]) return false;
    const here = source.state === "receiving";
    const { video_kbps, loudness_lufs, link_lost_percent } = source.measured;
    const values = [video_kbps, loudness_lufs, link_lost_percent].map((value) => (here ? (value ?? null) : null));
    [at, ...values].forEach((value, column) => {
      const list = /** @type {Array<number | null>} */ (this.columns[column]);
      list.push(value);
      if (list.length > this._most) list.shift();
    });
    return true;
  }

  /**
   * What was before this page was opened.
   * @param {{at: number[], video_kbps: Array<number | null>, loudness_lufs: Array<number | null>, link_lost_percent: Array<number | null>}} told oldest first
   */
  before(told) {
    const first = this.columns[0][0] ?? Infinity;
    const until = told.at.findIndex((at) => at >= first);
    const count = until < 0 ? told.at.length : until;
    [told.at, told.video_kbps, told.loudness_lufs, told.link_lost_percent].forEach((list, column) => {
      const joined = [...list.slice(0, count), ...this.columns[column]].slice(-this._most);
      this.columns[column] = /** @type {any} */ (joined);
    });
  }
}
