// /mc: now, the words to read, next, and one trigger.

import { AbortPart } from "../elements/abort_part.js";
import { GuestIntro } from "../elements/guest_intro.js";
import { wordsIn } from "../elements/mc_text.js";
import { Problem } from "../lib/api.js";
import { cueOf, itemsOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { clock, countdown, number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { said } from "../lib/said.js";
import { SeatDevice } from "../lib/seat.js";
import { blocking, countdownDigit, isLost, padState } from "../models/launch.js";
import { guestsOf } from "../models/guests.js";
import { asksFigures, piecesOf } from "../models/mc_words.js";
import { minutesOver, nowAndNext, remaining } from "../models/programme.js";

/**
 * @typedef {import("../models/launch.js").Cue} Cue
 * @typedef {import("../models/launch.js").Seat} Seat
 * @typedef {import("../models/programme.js").Item} Item
 */

const feed = new FeedClient({ as: session.as });
const trigger = /** @type {HTMLButtonElement} */ (byId("trigger"));
const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));

/** @type {SeatDevice | null} */
let device = null;
/** @type {Cue | null} */
let cue = null;
/** @type {Item[]} */
let items = [];
/** @type {any} */
let info = null;
/** The feed `rundown`: words, figures, delegates. @type {import("../lib/feed.js").Rows} */
let rundown = new Map();
let stale = true;
let sending = false;
const intro = new GuestIntro(say);
const abort = new AbortPart({ now: () => feed.now(), say, ask: askAbort });
/** What the dialog does when it is agreed to. @type {() => Promise<unknown>} */
let agreed = async () => {};

trigger.addEventListener("pointerdown", tap);
trigger.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === " ") && !event.repeat) tap(event);
});
byId("confirm-no").addEventListener("click", () => dialog.close());
byId("confirm-yes").addEventListener("click", () => {
  dialog.close();
  void doing(agreed);
});

feed.subscribe("ceremony", (rows) => {
  cue = cueOf(rows);
  items = itemsOf(rows);
  info = rows.get("info") ?? null;
  draw();
});
feed.subscribe("rundown", (rows) => {
  rundown = rows;
  draw();
});
feed.watch((status) => {
  stale = status.connection !== "live" || status.stale;
  document.body.classList.toggle("is-stale", status.stale);
  draw();
});
feed.open();
setInterval(drawTime, 250);
void enrol();

async function enrol() {
  try {
    device = await SeatDevice.open(session.as);
  } catch (error) {
    say(error);
    if (error instanceof Problem && error.code === "offline") setTimeout(enrol, 3000);
  }
  draw();
}

/** @param {Event} event */
function tap(event) {
  event.preventDefault();
  if (!device || !cue || !isOpen()) return;
  const armed = cue;
  const at = feed.now();
  const pressing = device;
  trigger.classList.add("is-touched");
  navigator.vibrate?.(40);
  void doing(() => pressing.press(armed, session.seat, at));
}

/**
 * One thing at a time, its failure told.
 * @param {() => Promise<unknown>} work
 */
async function doing(work) {
  if (sending) return;
  sending = true;
  draw();
  try {
    await work();
  } catch (error) {
    say(error);
  }
  sending = false;
  trigger.classList.remove("is-touched");
  draw();
}

function isOpen() {
  return device !== null && !stale && !sending && padState(cue, session.seat, feed.now(), device.id) === "open";
}

/** @param {Seat} seat */
function askPressFor(seat) {
  const armed = cue;
  if (!armed) return;
  ask(
    t("Bấm thay {seat}?", { seat: seat.seat }),
    t("Ghi nhận là bấm thay. Nếu đủ số nút, lệnh phát động có hiệu lực ngay và không lấy lại được ngoài “Hủy lệnh”."),
    t("Bấm thay {seat}", { seat: seat.seat }),
    async () => device?.press(armed, session.seat, feed.now(), seat.seat),
  );
}

/** For who cannot hold a button. @param {Cue} running @param {() => Promise<unknown>} stop */
function askAbort(running, stop) {
  ask(
    t("Hủy lệnh phát động?"),
    running.state === "committed"
      ? t("Mọi màn hình sẽ không phát động. Chỉ kịp nếu lệnh hủy tới các điểm cầu trước giờ phát.")
      : t("Nút bấm sẽ khóa lại và phải kích hoạt lại từ đầu."),
    t("Hủy lệnh"),
    stop,
  );
}

/**
 * @param {string} title
 * @param {string} words
 * @param {string} yes
 * @param {() => Promise<unknown>} work
 */
function ask(title, words, yes, work) {
  setText(byId("confirm-title"), title);
  setText(byId("confirm-words"), words);
  setText(byId("confirm-yes"), yes);
  agreed = work;
  dialog.showModal();
}

/** @param {unknown} error */
function say(error) {
  const words = error instanceof Problem ? error.message : String(error);
  const toast = make("p", { class: "toast", text: words });
  byId("toasts").append(toast);
  setTimeout(() => toast.remove(), 8000);
}

function draw() {
  drawTime();
  drawBanners();
  drawReady();
  drawSeats();
  drawTrigger();
}

function drawTime() {
  const now = feed.now();
  setText(byId("clock"), feed.knowsTime ? clock(now) : "--:--:--");
  const over = minutesOver(items, now);
  const words = byId("over");
  words.replaceChildren();
  if (items.some((item) => item.current)) {
    words.append(`${t("Chương trình")} `, make("strong", { text: overWords(over) }));
  }
  drawNow(now);
  if (cue?.t0 && now < cue.t0) drawTrigger();
}

/** @param {number} over */
function overWords(over) {
  if (over > 0) return t("chậm {minutes} phút", { minutes: over });
  if (over < 0) return t("sớm {minutes} phút", { minutes: -over });
  return t("đúng giờ");
}

/** @param {number} now */
function drawNow(now) {
  if (!info) return;
  const { current, next, nextAt, planned } = nowAndNext(items, now);
  setText(byId("now-kind"), nowKind(current, planned));
  setText(byId("now-title"), current ? current.title : (planned || next ? info.title : t("Hết chương trình")));
  setText(byId("now-left"), current ? leftWords(current, now) : next && nextAt !== null ? t("Bắt đầu lúc {time}", { time: time(nextAt) }) : "");
  setText(byId("next-head"), nextAt !== null ? t("Tiếp theo · {time}", { time: time(nextAt) }) : t("Tiếp theo"));
  setText(byId("next-title"), next ? next.title : t("Hết chương trình"));
  setText(byId("next-owner"), next ? next.owner : "");
  drawWords(current, next);
  intro.draw(guestsOf(rundown), current, now);
}

/** @param {Item | null} current @param {boolean} planned */
function nowKind(current, planned) {
  if (current) return planned ? t("Theo kế hoạch lúc này") : t("Nội dung hiện tại");
  return items.some((item) => item.started_at !== null) ? t("Giữa hai nội dung") : t("Chưa đến giờ khai mạc");
}

/** @param {Item} item @param {number} now */
function leftWords(item, now) {
  if (item.held_since) return t("đồng hồ tạm dừng");
  const left = remaining(item, now);
  return left >= 0 ? t("còn {left}", { left: countdown(left) }) : t("quá {over}", { over: countdown(-left) });
}

/**
 * The words of what is on and of what comes; where nobody wrote any for the launch, those that are always said.
 * @param {Item | null} current
 * @param {Item | null} next
 */
function drawWords(current, next) {
  const figures = rundown.get("figures") ?? null;
  const now = wordsOf(current);
  const area = byId("words");
  area.hidden = now === "";
  wordsIn(area, piecesOf(now, figures), figures);
  const source = byId("words-source");
  source.hidden = !asksFigures(now) || !figures;
  source.classList.toggle("is-provisional", figures?.closed_version === 0);
  setText(source, figures ? sourceWords(figures) : "");
  const coming = wordsOf(next);
  byId("next-words").hidden = coming === "";
  wordsIn(byId("next-words"), piecesOf(coming, figures), figures);
}

/** @param {Item | null} item */
function wordsOf(item) {
  const written = item ? (rundown.get(`item:${item.id}`)?.words ?? "") : "";
  if (written || item?.kind !== "launch") return written;
  return t("“Kính thưa quý vị đại biểu, giờ phút này {điểm cầu} điểm cầu với {đại biểu} đại biểu trên toàn tỉnh đang cùng hướng về hội trường.”");
}

/** @param {import("../models/mc_words.js").Figures} figures */
function sourceWords(figures) {
  if (figures.closed_version === 0) return t("Số liệu chưa chốt: các số trên là tạm tính, còn thay đổi.");
  return t("Số liệu đã chốt lúc {time}, báo cáo lần {version}.", { time: figures.closed_at ? time(figures.closed_at) : "", version: figures.closed_version });
}

function drawBanners() {
  const area = byId("banners");
  const lines = [];
  if (stale && feed.status().connection !== "connecting") lines.push(t("Mất kết nối với trung tâm. Số liệu trên màn hình đã cũ; máy đang tự nối lại."));
  if (info?.journal_problem) lines.push(info.journal_problem);
  if (info?.suspect) lines.push(said(info.suspect_detail));
  if (area.textContent === lines.join("")) return;
  area.replaceChildren(...lines.map((text) => make("p", { class: "banner is-bad", text })));
}

function drawReady() {
  const mode = byId("mode");
  mode.hidden = !cue || cue.live || cue.state === "draft" || cue.state === "prepared";
  if (!cue) return;
  const waiting = blocking(cue);
  setText(
    byId("ready"),
    cue.required.length === 0 || ["draft", "prepared"].includes(cue.state)
      ? t("Chưa hỏi sẵn sàng")
      : cue.required.map((site) => `${site.name} ${site.ready ? "✓" : site.waived_by ? t("(đồng ý tiếp tục)") : "✗"}`).join(" · "),
  );
  setText(byId("armed"), armedWords(waiting.length));
}

/** @param {number} waiting */
function armedWords(waiting) {
  if (!cue) return "";
  if (isLost(cue)) return t("Nút bấm tạm không nhận lệnh");
  if (cue.state === "armed" && cue.armed_until !== null) {
    const minutes = Math.max(0, Math.ceil((cue.armed_until - feed.now()) / 60_000_000));
    return t("Nút bấm đã kích hoạt, còn hiệu lực {minutes} phút", { minutes });
  }
  if (cue.state === "fired" || cue.state === "verified") return t("{count} điểm cầu đã phát động", { count: number(cue.fired_sites) });
  if (cue.state === "committed") return t("Đã có lệnh phát động");
  if (cue.state === "aborting" || cue.state === "aborted") return t("Lệnh đã hủy");
  return waiting ? t("Còn {count} điểm cầu bắt buộc chưa sẵn sàng", { count: waiting }) : t("Nút bấm chưa kích hoạt");
}

function drawSeats() {
  const section = byId("seats-section");
  const seats = cue?.seats.filter((seat) => seat.seat !== session.seat) ?? [];
  section.hidden = seats.length === 0;
  const armed = cue !== null && cue.state === "armed" && !isLost(cue);
  const key = JSON.stringify([seats, armed]);
  if (section.dataset.key === key) return;
  section.dataset.key = key;
  byId("seats").replaceChildren(
    ...seats.map((seat) => {
      const row = make("li", { class: seat.pressed_at ? "is-pressed" : "" }, [
        make("span", { text: seat.seat }),
        make("span", { class: "mc-seat-state", text: seatWords(seat) }),
      ]);
      if (armed && seat.trigger && !seat.counted) {
        const button = make("button", { class: "button is-small is-plain", text: t("Bấm thay"), attributes: { type: "button" } });
        button.addEventListener("click", () => askPressFor(seat));
        row.append(button);
      }
      return row;
    }),
  );
}

/** @param {Seat} seat */
function seatWords(seat) {
  if (seat.substituted_by) return t("bấm thay bởi {seat}", { seat: seat.substituted_by });
  if (seat.pressed_at) return t("đã nhấn lúc {time}", { time: clock(seat.pressed_at) });
  return seat.device ? t("đã kết nối") : t("chưa kết nối");
}

function drawTrigger() {
  const now = feed.now();
  const own = cue?.seats.some((seat) => seat.seat === session.seat && seat.trigger) ?? false;
  const open = isOpen() && own;
  trigger.disabled = !open;
  trigger.classList.toggle("is-open", open);
  trigger.classList.toggle("is-committed", Boolean(cue && ["committed", "fired"].includes(cue.state)));
  const [label, words] = triggerWords(open, own, now);
  setText(byId("trigger-label"), label);
  setText(byId("trigger-words"), words);
  abort.draw(cue);
  // A question that can no longer be answered must not stand before the words to read.
  const over = !cue || !["armed", "committed"].includes(cue.state) || (cue.t0 !== null && now >= cue.t0);
  if (over && dialog.open) dialog.close();
}

/**
 * @param {boolean} open
 * @param {boolean} own
 * @param {number} now
 * @returns {[string, string]}
 */
function triggerWords(open, own, now) {
  if (!cue) return [t("Chưa có nút phát động"), ""];
  const digit = countdownDigit(cue.t0, now);
  if (digit) return [String(digit), t("đang đếm")];
  if (cue.state === "committed") return [t("Đã nhận lệnh"), cue.t0 ? t("phát động sau {left}", { left: countdown(cue.t0 - now) }) : ""];
  if (["fired", "verified"].includes(cue.state)) {
    return cue.live ? [t("Đã phát động"), t("{count} điểm cầu", { count: number(cue.fired_sites) })] : [t("Đã chạy tổng duyệt"), t("chưa có gì được phát động chính thức")];
  }
  if (sending) return [t("Đang gửi…"), ""];
  if (open) {
    return cue.trigger === "countdown"
      ? [t("Bắt đầu đếm 3 – 2 – 1"), t("chạm một lần, hiệu ứng sẽ nổ sau đúng {lead} giây", { lead: (cue.lead / 1e6).toLocaleString("vi-VN") })]
      : [t("Nhấn phát động"), ""];
  }
  if (isLost(cue)) return [t("Nút bấm tạm không nhận lệnh"), t("đợi tổng đạo diễn")];
  if (cue.state === "armed" && !own) return [t("Mời lãnh đạo nhấn nút"), t("đã có {pressed} trên {k} nút", { pressed: cue.pressed, k: cue.k })];
  if (cue.state === "armed" && device && padState(cue, session.seat, now, device.id) === "stranger") {
    return [t("Chưa mở"), t("Máy này chưa được gán vào lần phát động đang mở. Đề nghị báo tổng đạo diễn.")];
  }
  if (cue.state === "armed") return [t("Đã ghi nhận"), ""];
  return [t("Nút bấm chưa kích hoạt"), t("tổng đạo diễn và kỹ thuật cùng kích hoạt")];
}
