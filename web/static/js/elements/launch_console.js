// The launch on the caller's console: which step, what stands in the way, who confirmed, what came of it.

import { clock, countdown, number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { said } from "../lib/said.js";
import { blocking, isRunning, planCode } from "../models/launch.js";

/**
 * @typedef {import("../models/launch.js").Cue} Cue
 * @typedef {import("../models/launch.js").Required} Required
 */

/** The five steps as people count them, each with the states in which it is the current one. */
const STEPS = [
  { words: () => t("Kế hoạch"), states: ["draft"] },
  { words: () => t("Chuẩn bị"), states: ["prepared"] },
  { words: () => t("Hỏi sẵn sàng"), states: ["polling", "hold"] },
  { words: () => t("Kích hoạt"), states: ["armed", "expired"] },
  { words: () => t("Phát động"), states: ["committed", "fired", "aborting", "aborted", "verified"] },
];

/**
 * @param {Cue} cue
 * @param {number} now
 * @param {(site: Required) => void} waive
 * @param {boolean} mayWaive
 */
export function drawLaunch(cue, now, waive, mayWaive) {
  drawMode(cue);
  drawSteps(cue);
  setText(byId("plan-title"), `${cue.title} ${cue.subtitle}`.trim());
  setText(byId("plan-words"), planWords(cue));
  setText(byId("plan-hash"), planCode(cue));
  setText(byId("say"), sayOf(cue, now));
  drawRequired(cue, waive, mayWaive);
  drawSeats(cue);
  drawConfirmed(cue);
  drawResult(cue);
}

/** @param {Cue} cue */
function drawMode(cue) {
  const mode = byId("mode");
  mode.hidden = cue.attempt === 0 || cue.state === "draft" || cue.state === "prepared";
  mode.className = `launch-mode ${cue.live ? "is-live" : "is-rehearsal"}`;
  setText(mode, cue.live ? t("CHÍNH THỨC") : t("TỔNG DUYỆT"));
}

/** @param {Cue} cue */
function drawSteps(cue) {
  const at = STEPS.findIndex((step) => step.states.includes(cue.state));
  byId("steps").replaceChildren(
    ...STEPS.map((step, index) => {
      const done = index < at || cue.state === "verified";
      const item = make("li", { class: done ? "is-done" : "", text: step.words() });
      if (index === at) item.setAttribute("aria-current", "step");
      return item;
    }),
  );
}

/** @param {Cue} cue */
function planWords(cue) {
  const how =
    cue.trigger === "countdown"
      ? t("MC chạm một lần, đếm 3 – 2 – 1; phát động sau {lead} giây.", { lead: seconds(cue.lead) })
      : t("{k} trong {n} ghế nhấn nút; phát động sau {lead} giây.", {
          k: cue.k,
          n: cue.seats.filter((seat) => seat.trigger).length,
          lead: seconds(cue.lead),
        });
  return `${how} ${t("Nút có hiệu lực {minutes} phút sau khi kích hoạt.", { minutes: Math.round(cue.window / 60_000_000) })}`;
}

/** @param {number} duration */
function seconds(duration) {
  return (duration / 1_000_000).toLocaleString("vi-VN");
}

/**
 * One sentence: what is so now and what to do next.
 * @param {Cue} cue
 * @param {number} now
 */
function sayOf(cue, now) {
  switch (cue.state) {
    case "draft":
      return t("Kế hoạch đang soạn. Bấm “Chuẩn bị” khi đã đủ.");
    case "prepared":
      return t("Đã chuẩn bị. Mở phần hỏi sẵn sàng cho tổng duyệt hoặc chính thức.");
    case "polling":
      return pollingWords(cue);
    case "hold":
      return t("Đang tạm dừng. Bấm “Tiếp tục” để hỏi sẵn sàng lại.");
    case "armed":
      if (cue.doubt) return t("Nút bấm không nhận lệnh: máy giữ quyền không trả lời. Xem việc cần làm bên dưới.");
      return t("Nút bấm đã kích hoạt, còn {left}. Đang giữ quyền: {holder}.", {
        left: countdown((cue.armed_until ?? now) - now),
        holder: cue.holder === "server" ? t("máy chủ trung tâm") : cue.holder,
      });
    case "expired":
      return cue.vouched?.some((each) => each.attempt === cue.attempt)
        ? t("Lượt này đã kết thúc theo lời hai người. Mở lại phần hỏi sẵn sàng nếu vẫn phát động.")
        : t("Hết thời hạn kích hoạt mà chưa ai nhấn. Mở lại phần hỏi sẵn sàng nếu vẫn phát động.");
    case "committed":
      return cue.t0 ? t("Đã có lệnh. Phát động lúc {time}, còn {left}.", { time: clock(cue.t0), left: countdown(cue.t0 - now) }) : "";
    case "aborting":
      return t("Đang hủy lệnh, chờ các điểm cầu xác nhận.");
    case "aborted":
      return t("Lệnh đã hủy. {reason}", { reason: cue.last_abort });
    default:
      if (!cue.t0) return "";
      return cue.receipts < cue.expected_receipts ? t("Đã phát động lúc {time}. Biên nhận đang về.", { time: clock(cue.t0) }) : t("Đã phát động lúc {time}. Đã đủ biên nhận.", { time: clock(cue.t0) });
  }
}

/** @param {Cue} cue */
function pollingWords(cue) {
  if (cue.doubt) return t("Chưa mở được lượt mới: máy giữ quyền không trả lời. Xem việc cần làm bên dưới.");
  if (cue.refused_detail) return said(cue.refused_detail);
  const waiting = blocking(cue).length;
  if (waiting) return t("Còn {count} điểm cầu bắt buộc chưa sẵn sàng. Chờ, hoặc một người có tên đồng ý tiếp tục.", { count: waiting });
  const empty = cue.seats.filter((seat) => seat.trigger && seat.device === null).map((seat) => seat.seat);
  if (empty.length) return t("Chưa kích hoạt được: {seats} chưa có máy. Mở liên kết của ghế trên máy tính bảng.", { seats: empty.join(", ") });
  if (cue.confirmed.length > 1) return t("Đã đủ xác nhận, đang chuyển quyền kích hoạt tới nơi giữ nút.");
  return t("Đã sẵn sàng. Tổng đạo diễn và kỹ thuật, mỗi người xác nhận trên máy của mình.");
}

/**
 * @param {Cue} cue
 * @param {(site: Required) => void} waive
 * @param {boolean} mayWaive
 */
function drawRequired(cue, waive, mayWaive) {
  byId("go").hidden = !isRunning(cue);
  byId("required").replaceChildren(
    ...cue.required.map((site) => {
      const good = site.ready || Boolean(site.waived_by);
      const state = site.ready ? t("✓ sẵn sàng") : site.waived_by ? t("đồng ý tiếp tục: {name}", { name: site.waived_by }) : `✗ ${site.reason || t("chưa sẵn sàng")}`;
      const row = make("li", { class: good ? "is-good" : "is-bad" }, [make("strong", { text: site.name }), make("span", { class: "state", text: state })]);
      if (!good && mayWaive && (cue.state === "polling" || cue.state === "hold")) {
        const button = make("button", { class: "button is-small is-plain", text: t("Đồng ý tiếp tục"), attributes: { type: "button" } });
        button.addEventListener("click", () => waive(site));
        row.append(button);
      }
      return row;
    }),
  );
  setText(byId("others"), t("{ready} trên {all} màn hình điểm cầu khác sẵn sàng.", { ready: number(cue.ready_count), all: number(cue.ready_of) }));
}

/** @param {Cue} cue */
function drawSeats(cue) {
  byId("seats-section").hidden = cue.seats.length === 0;
  byId("seats").replaceChildren(
    ...cue.seats.map((seat) => {
      const good = seat.counted || (seat.device !== null && cue.state !== "armed");
      const words = seat.substituted_by
        ? t("bấm thay bởi {seat}", { seat: seat.substituted_by })
        : seat.pressed_at
          ? t("đã nhấn lúc {time}", { time: clock(seat.pressed_at) })
          : seat.device
            ? t("máy {id}", { id: seat.device.slice(0, 8) })
            : t("chưa có máy: mở liên kết của ghế này trên máy tính bảng");
      return make("li", { class: seat.device === null ? "is-bad" : good ? "is-good" : "" }, [
        make("strong", { text: seat.seat }),
        make("span", { class: "state", text: seat.trigger ? words : `${words} · ${t("chỉ ghi nhận")}` }),
      ]);
    }),
  );
}

/** @param {Cue} cue */
function drawConfirmed(cue) {
  byId("confirmations").hidden = !["polling", "armed"].includes(cue.state);
  const sides = [
    { name: t("Tổng đạo diễn"), found: cue.confirmed.find((each) => each.role === "caller") },
    { name: t("Kỹ thuật"), found: cue.confirmed.find((each) => each.role !== "caller") },
  ];
  byId("confirmed").replaceChildren(
    ...sides.map(({ name, found }) =>
      make("li", { class: found ? "is-good" : "" }, [
        make("strong", { text: name }),
        make("span", { class: "state", text: found ? t("✓ {seat}, {time}", { seat: found.seat, time: time(found.at) }) : t("chưa xác nhận") }),
      ]),
    ),
  );
}

/** @param {Cue} cue */
function drawResult(cue) {
  const shown = ["committed", "fired", "verified"].includes(cue.state);
  byId("result").hidden = !shown;
  if (!shown) return;
  const figures = [
    [number(cue.fired_sites), t("điểm cầu đã phát động")],
    [`${number(cue.receipts)}/${number(cue.expected_receipts)}`, t("biên nhận")],
  ];
  byId("figures").replaceChildren(
    ...figures.map(([value, words]) =>
      make("p", { class: "figure" }, [make("span", { class: "figure-number", text: value }), make("span", { class: "figure-words", text: words })]),
    ),
  );
}
