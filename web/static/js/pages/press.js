// /press: one disc. It answers the finger within a frame, then tells what became of the press.

import { Problem } from "../lib/api.js";
import { cueOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { t } from "../lib/i18n.js";
import { byId, session, setText } from "../lib/page.js";
import { SeatDevice } from "../lib/seat.js";
import { countdownDigit, padState } from "../models/launch.js";

/** @typedef {import("../models/launch.js").Cue} Cue */

const page = byId("main");
const disc = /** @type {HTMLButtonElement} */ (byId("disc"));
const feed = new FeedClient({ as: session.as });

/** @type {SeatDevice | null} */
let device = null;
/** @type {Cue | null} */
let cue = null;
let journalProblem = "";
let offline = true;
/** Words of a press that failed, until the next touch or change of state. */
let failure = "";
/** A press is on its way. */
let sending = false;
/** `performance.now()` of the finger's first touch while a seat asks for holding; null while not touched. @type {number | null} */
let heldSince = null;

setText(byId("seat"), session.seat);
disc.addEventListener("pointerdown", touch);
for (const type of ["pointerup", "pointercancel", "pointerleave"]) disc.addEventListener(type, release);
disc.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === " ") && !event.repeat) touch(event);
});
disc.addEventListener("keyup", release);
disc.addEventListener("contextmenu", (event) => event.preventDefault());

feed.subscribe("ceremony", (rows) => {
  const before = cue && `${cue.attempt} ${cue.state}`;
  cue = cueOf(rows);
  journalProblem = rows.get("info")?.journal_problem ?? "";
  if (cue && `${cue.attempt} ${cue.state}` !== before) failure = "";
  draw();
});
feed.watch((status) => {
  offline = status.connection !== "live" || status.stale;
  draw();
});
feed.open();
enrol();

/** Make this device known; tried again when the network was the trouble. */
async function enrol() {
  try {
    device = await SeatDevice.open(session.as);
    setText(byId("seat"), t("{seat} · máy {id}", { seat: session.seat, id: device.id.slice(0, 8) }));
  } catch (error) {
    failure = error instanceof Problem ? error.message : String(error);
    if (error instanceof Problem && error.code === "offline") setTimeout(enrol, 3000);
  }
  draw();
}

/** @param {Event} event */
function touch(event) {
  event.preventDefault();
  if (!canPress()) return;
  failure = "";
  page.classList.add("is-touched");
  navigator.vibrate?.(30);
  if (cue && cue.hold > 0) {
    heldSince = performance.now();
    requestAnimationFrame(fillRing);
  } else {
    void press(feed.now());
  }
}

function release() {
  if (heldSince === null) return;
  heldSince = null;
  disc.style.removeProperty("--held");
  page.classList.remove("is-touched");
  draw();
}

/** While the finger holds: the ring fills, and full means pressed. */
function fillRing() {
  if (heldSince === null || !cue) return;
  const share = ((performance.now() - heldSince) * 1000) / cue.hold;
  disc.style.setProperty("--held", String(Math.min(1, share)));
  if (share < 1) {
    requestAnimationFrame(fillRing);
    return;
  }
  heldSince = null;
  disc.style.removeProperty("--held");
  void press(feed.now());
}

/** @param {number} pressedAt µs on the ceremony clock */
async function press(pressedAt) {
  if (!device || !cue || sending) return;
  sending = true;
  draw();
  try {
    await device.press(cue, session.seat, pressedAt);
  } catch (error) {
    failure = error instanceof Problem ? error.message : String(error);
    navigator.vibrate?.([80, 60, 80]);
  }
  sending = false;
  page.classList.remove("is-touched");
  draw();
}

function canPress() {
  return device !== null && !sending && !offline && padState(cue, session.seat, feed.now(), device.id) === "open";
}

function draw() {
  const now = feed.now();
  const state = offline ? "offline" : padState(cue, session.seat, now, device?.id ?? "");
  page.dataset.state = device ? state : "loading";
  disc.disabled = !canPress() && !sending;
  byId("mode").hidden = !cue || cue.live || cue.state === "prepared" || cue.state === "draft";
  setText(byId("label"), labelOf(state, now));
  setText(byId("words"), failure || wordsOf(state));
  if (cue?.t0 && now < cue.t0) requestAnimationFrame(draw);
}

/**
 * @param {string} state
 * @param {number} now
 */
function labelOf(state, now) {
  const digit = cue && countdownDigit(cue.t0, now);
  if (digit) return String(digit);
  if (sending) return t("Đã nhấn");
  if (state === "open") return cue && cue.hold > 0 ? t("Nhấn và giữ") : t("Nhấn");
  if (state === "pressed" || state === "counted") return t("Đã nhấn");
  if (state === "fired") return t("Đã phát động");
  if (state === "aborted") return t("Đã hủy");
  return t("Chưa mở");
}

/** @param {string} state */
function wordsOf(state) {
  if (state === "offline") return t("Mất kết nối với trung tâm. Máy đang tự nối lại; đề nghị báo đội kỹ thuật nếu quá 10 giây.");
  if (!device) return t("Đang kết nối với trung tâm…");
  if (journalProblem) return journalProblem;
  if (sending) return t("Đang gửi…");
  switch (state) {
    case "absent":
      return t("Buổi lễ chưa có nút phát động.");
    case "stranger":
      return t("Máy này chưa được gán vào lần phát động đang mở. Đề nghị báo tổng đạo diễn.");
    case "open":
      return cue?.trigger === "countdown"
        ? t("Nút đã mở. Người dẫn chương trình đếm; mời đồng chí nhấn theo.")
        : t("Nút đã mở. Mời đồng chí nhấn khi có lời mời.");
    case "pressed":
      return t("Đã ghi nhận.");
    case "counted":
      return cue && cue.t0 === null ? t("Đã ghi nhận. Đang chờ các nút còn lại.") : t("Đã ghi nhận.");
    case "fired":
      return cue?.live ? t("Phong trào đã được phát động.") : t("Đã chạy tổng duyệt. Chưa có gì được phát động chính thức.");
    case "aborted":
      return t("Lệnh đã được hủy. Chờ hướng dẫn của tổng đạo diễn.");
    default:
      return t("Nút chưa được kích hoạt. Nút sẽ sáng đỏ khi đến lúc nhấn.");
  }
}
