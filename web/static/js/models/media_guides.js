// What to type into OBS and vMix so that a source arrives as the programme is made: exact values, in order. No DOM.

import { t } from "../lib/i18n.js";

/**
 * @typedef {{source: string, kind: string, generation: number, key: string, srt: string, srt_with_key: string, whip: string, rtmp: string}} Keys
 *   of GET /api/v1/media/keys
 * @typedef {{width: number, height: number, kbps: number}} Wanted what the programme is made of
 * @typedef {{name: string, text: string, secret: boolean}} Value
 * @typedef {{words: string, values: Value[]}} Step
 * @typedef {{id: string, name: string, steps: Step[], note: string}} Way
 */

const KEY_SECONDS = 2;
const FPS = 30;

/** @param {Keys} keys @param {Wanted} wanted @returns {{values: Value[], ways: Way[]}} */
export function guides(keys, wanted) {
  if (keys.kind === "pull") return { values: [], ways: [pulled()] };
  if (keys.kind === "whip") return { values: [plain(t("Địa chỉ WHIP"), keys.whip), secret(t("Khóa (Bearer Token)"), keys.key)], ways: [obsWhip(keys, wanted)] };
  if (keys.kind === "rtmp") {
    if (!keys.rtmp) return { values: [], ways: [noRtmp()] };
    return { values: [plain(t("Máy chủ RTMP"), keys.rtmp), secret(t("Khóa luồng"), keys.key)], ways: [obsRtmp(keys, wanted), vmixRtmp(keys, wanted)] };
  }
  if (!keys.srt) return { values: [secret(t("Khóa (passphrase)"), keys.key)], ways: [noPort()] };
  return { values: [plain(t("Địa chỉ SRT"), keys.srt), secret(t("Khóa (passphrase)"), keys.key)], ways: [obsSrt(keys, wanted), vmixSrt(keys, wanted), device(keys, wanted)] };
}

/** @param {string} name @param {string} text @returns {Value} */
function plain(name, text) {
  return { name, text, secret: false };
}

/** @param {string} name @param {string} text @returns {Value} */
function secret(name, text) {
  return { name, text, secret: true };
}

/** @param {string} words @param {Value[]} values @returns {Step} */
function step(words, ...values) {
  return { words, values };
}

/** Pictures and sound in OBS, the same whatever the way. @param {Wanted} wanted */
function obsCoding(wanted) {
  const size = `${wanted.width}x${wanted.height}`;
  return [
    step(t("Settings → Video: Base và Output Resolution = {size}, FPS = {fps}.", { size, fps: FPS })),
    step(t("Settings → Audio: Sample Rate = 48 kHz, Channels = Stereo.")),
    step(
      t("Settings → Output (Output Mode = Advanced) → Streaming: Encoder = x264 hoặc NVENC H.264, Rate Control = CBR, Bitrate = {kbps} Kbps, Keyframe Interval = {key} s, Profile = main, B-frames = 0 (x264: ô x264 Options ghi bframes=0), Tune = zerolatency.", {
        kbps: wanted.kbps,
        key: KEY_SECONDS,
      }),
    ),
    step(t("Settings → Output → Audio: Track 1, Audio Bitrate = 128.")),
  ];
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function obsSrt(keys, wanted) {
  return {
    id: "obs-srt",
    name: "OBS · SRT",
    steps: [
      step(t("OBS: Settings → Stream, Service = Custom, dán vào ô Server. Ô Stream Key để trống."), secret(t("Server"), keys.srt_with_key)),
      ...obsCoding(wanted),
      step(t("Bấm OK rồi Start Streaming. Trạng thái bên cạnh chuyển sang “Đang nhận” trong vài giây.")),
    ],
    note: t("latency tính bằng micro giây: 200000 là 0,2 giây; mạng xấu thì tăng lên 500000."),
  };
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function obsWhip(keys, wanted) {
  return {
    id: "obs-whip",
    name: "OBS 30+ · WHIP",
    steps: [
      step(t("OBS: Settings → Stream, Service = WHIP, dán Server và Bearer Token."), plain(t("Server"), keys.whip), secret("Bearer Token", keys.key)),
      ...obsCoding(wanted),
      step(t("Bấm OK rồi Start Streaming. Tiếng của WHIP là Opus, máy chủ tự đổi sang AAC.")),
    ],
    note: "",
  };
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function obsRtmp(keys, wanted) {
  return {
    id: "obs-rtmp",
    name: "OBS · RTMP",
    steps: [
      step(t("OBS: Settings → Stream, Service = Custom, dán Server và Stream Key."), plain(t("Server"), keys.rtmp), secret("Stream Key", keys.key)),
      ...obsCoding(wanted),
      step(t("Bấm OK rồi Start Streaming.")),
    ],
    note: t("RTMP không mã hóa và chậm hơn SRT khi mạng rớt gói: chỉ dùng trong mạng nội bộ."),
  };
}

/** Pictures and sound in vMix. @param {Wanted} wanted */
function vmixCoding(wanted) {
  return [
    step(t("Settings → Display: Frame Rate = {fps}p; Settings → Audio: Sample Rate = 48000.", { fps: FPS })),
    step(
      t("Bánh răng cạnh Quality: Video Bitrate = {kbps} kbps, Encode Size = {size}, Profile = Main, Keyframe Latency = {key}, Strict CBR bật, B-Frames = 0; Audio = AAC 128 kbps.", {
        kbps: wanted.kbps,
        size: `${wanted.width}x${wanted.height}`,
        key: KEY_SECONDS,
      }),
    ),
  ];
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function vmixSrt(keys, wanted) {
  const { host, port } = hostAndPort(keys.srt);
  return {
    id: "vmix-srt",
    name: "vMix · SRT",
    steps: [
      step(
        t("vMix: Settings → Outputs / NDI / SRT → bánh răng của Output 1 → SRT bật, Type = Caller, Latency = 200, Key Length = 16."),
        plain("Hostname", host),
        plain("Port", port),
        secret("Passphrase", keys.key),
      ),
      ...vmixCoding(wanted),
      step(t("Bấm OK: vMix gửi ngay, không cần bấm Stream.")),
    ],
    note: t("Passphrase không có khoảng trắng đầu cuối; sai một ký tự là bị từ chối và hiện ở trạng thái bên cạnh."),
  };
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function vmixRtmp(keys, wanted) {
  return {
    id: "vmix-rtmp",
    name: "vMix · RTMP",
    steps: [
      step(t("vMix: bánh răng cạnh Stream, Destination = Custom RTMP Server."), plain("URL", keys.rtmp), secret("Stream Name or Key", keys.key)),
      ...vmixCoding(wanted),
      step(t("Bấm Start 1.")),
    ],
    note: "",
  };
}

/** @param {Keys} keys @param {Wanted} wanted @returns {Way} */
function device(keys, wanted) {
  const { host, port } = hostAndPort(keys.srt);
  return {
    id: "device-srt",
    name: t("Thiết bị mã hóa · SRT"),
    steps: [
      step(t("Chế độ Caller, mã hóa AES-128, latency 200 ms."), plain(t("Máy chủ"), host), plain(t("Cổng"), port), secret("Passphrase", keys.key)),
      step(
        t("H.264 Main, {size}, {fps} hình/giây quét liên tục (p), CBR {kbps} kb/s, GOP {frames} khung ({key} giây), không khung B; AAC 48 kHz stereo 128 kb/s.", {
          size: `${wanted.width}×${wanted.height}`,
          fps: FPS,
          kbps: wanted.kbps,
          frames: FPS * KEY_SECONDS,
          key: KEY_SECONDS,
        }),
      ),
    ],
    note: "",
  };
}

/** @returns {Way} */
function pulled() {
  return {
    id: "pull",
    name: t("Kéo về"),
    steps: [step(t("Máy chủ tự kéo tín hiệu từ địa chỉ đã nhập. Muốn đổi địa chỉ: bấm “Đổi cách đưa vào”."))],
    note: t("RTSP của camera, RTMP, HLS (.m3u8) hoặc tệp trên máy chủ."),
  };
}

/** @returns {Way} */
function noRtmp() {
  return {
    id: "no-rtmp",
    name: "RTMP",
    steps: [step(t("Máy chủ này chưa cài nginx-rtmp hay MediaMTX, nên chưa nhận RTMP. Dùng SRT, hoặc làm theo ops/runbooks/rtmp.md."))],
    note: "",
  };
}

/** @returns {Way} */
function noPort() {
  return { id: "no-port", name: "SRT", steps: [step(t("Cổng SRT chưa mở: phần truyền hình đang khởi động hoặc chưa chạy. Trang này tự cập nhật."))], note: "" };
}

/** @param {string} srt srt://HOST:PORT */
function hostAndPort(srt) {
  const found = /^srt:\/\/(.+):(\d+)/.exec(srt);
  return { host: found?.[1] ?? "", port: found?.[2] ?? "" };
}
