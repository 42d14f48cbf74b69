// What can be done about sources by hand, each with its question first.

import { command } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { sourceName } from "../models/media.js";

/** @typedef {import("./ask_dialog.js").AskDialog} AskDialog */

/** Put a source on air, or (null) let the switcher choose again. @param {AskDialog} ask @param {string | null} to */
export function askSwitch(ask, to) {
  if (to === null) {
    ask.open({
      title: t("Trả về tự động?"),
      words: t("Hệ thống lại tự chọn: nguồn chính khi nó ổn định, mất thì nguồn dự phòng, không còn gì thì thẻ chờ."),
      yes: t("Trả về tự động"),
      work: () => command({ kind: "switch_source", to: null }),
    });
    return;
  }
  const name = sourceName(to);
  ask.open({
    title: t("Đưa {name} lên sóng?", { name }),
    words: t("Mọi điểm cầu và người xem thấy {name} ở khung hình khóa kế tiếp. Giữ như vậy đến khi bấm Tự động; nguồn này mất thì nguồn còn lại lên thay, không còn gì thì thẻ chờ.", { name }),
    yes: t("Đưa {name} lên sóng", { name }),
    work: () => command({ kind: "switch_source", to }),
  });
}

/** @param {AskDialog} ask @param {string} source @param {() => void} done */
export function askRotate(ask, source, done) {
  ask.open({
    title: t("Đổi khóa của {name}?", { name: sourceName(source) }),
    words: t("Khóa cũ hết dùng ngay: ai đang phát bằng khóa cũ bị ngắt và phải nhập khóa mới vào OBS hoặc vMix."),
    yes: t("Đổi khóa"),
    danger: true,
    work: async () => {
      await command({ kind: "rotate_source_key", source });
      done();
    },
  });
}

/** @param {AskDialog} ask @param {import("../models/media.js").SourceRow} source @param {() => void} done */
export function askKind(ask, source, done) {
  ask.open({
    title: t("Cách đưa {name} vào", { name: sourceName(source.name) }),
    words: t("SRT cho OBS, vMix và thiết bị mã hóa; WHIP cho OBS 30 trở lên; kéo về khi tín hiệu có sẵn ở một địa chỉ (RTSP, RTMP, HLS, tệp)."),
    yes: t("Lưu"),
    fields: [
      {
        name: "kind",
        label: t("Cách đưa vào"),
        value: source.kind,
        choices: [
          ["srt", "SRT"],
          ["whip", "WHIP"],
          ["rtmp", "RTMP"],
          ["pull", t("Kéo về từ địa chỉ")],
        ],
      },
      { name: "url", label: t("Địa chỉ để kéo về"), hint: t("Chỉ khi kéo về. Có thể kèm mật khẩu; mật khẩu không hiện lại.") },
    ],
    work: async ({ kind, url }) => {
      await command({ kind: "configure_source", source: source.name, source_kind: kind, ...(kind === "pull" ? { address: { url } } : {}) });
      done();
    },
  });
}

/** @param {AskDialog} ask @param {import("../models/media.js").SourceRow} source */
export function askCalibrate(ask, source) {
  ask.open({
    title: t("Hiệu chỉnh giờ hình của {name}", { name: sourceName(source.name) }),
    words: t("Cộng vào giờ chụp đo được, để hiệu ứng bấm nút rơi đúng khung hình. Quay đồng hồ buổi lễ rồi so với giờ trên hình: hình hiện giờ cũ hơn bao nhiêu mili giây thì nhập số âm bấy nhiêu."),
    yes: t("Lưu hiệu chỉnh"),
    fields: [{ name: "offset", label: t("Độ lệch, mili giây"), type: "number", value: String(Math.round(source.offset / 1000)), required: true }],
    work: ({ offset }) => command({ kind: "calibrate_source", source: source.name, offset: Math.round(Number(offset) * 1000) }),
  });
}
