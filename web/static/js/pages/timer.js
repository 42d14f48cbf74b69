// /timer faces the speaker: the time left, a bar that empties, a colour with its word, and the caller's short message.
// It counts on its own clock: when the centre is lost it goes on and says so, and when it is loaded again too.

import { itemsOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { clock, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { KeptProgramme } from "../lib/kept_programme.js";
import { stillValid } from "../lib/link.js";
import { Offline } from "../lib/offline.js";
import { byId, session, setText } from "../lib/page.js";
import { digits, faceOf } from "../models/speaker_timer.js";

/** @typedef {import("../models/speaker_timer.js").Face} Face */

const IDLE_AFTER = 4000;

const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
const kept = new KeptProgramme(localStorage, session.as);
const offline = new Offline(() => (document.documentElement.dataset.offline = offline.state), "timer");
const page = byId("main");
/** @type {import("../models/programme.js").Item[]} */
let items = [];
/** @type {{text: string} | null} */
let told = null;
/** @type {any} */
let info = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle = undefined;
/** @type {WakeLockSentinel | null} */
let awakeLock = null;
/** The ceremony's clock before this device's, of the last time that the centre was here, µs. @type {number | null} */
let ahead = null;

byId("fullscreen").addEventListener("click", () => void goFull());
for (const event of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(event, awake);
document.addEventListener("visibilitychange", () => void keepAwake());
// A page that is left while the centre is away, and was not kept, cannot come back: the browser asks first.
window.addEventListener("beforeunload", (event) => document.body.classList.contains("is-lost") && offline.state !== "ready" && event.preventDefault());

const last = kept.last();
if (last) {
  ahead = last.ahead;
  take(last.rows);
}
feed.subscribe("ceremony", (rows) => {
  take(rows);
  if (feed.knowsTime) kept.keep(rows, feed.now() - Date.now() * 1000);
});
feed.watch(draw);
feed.open();
setInterval(draw, 200);
awake();
void keepAwake();
void offline.start();

/** @param {import("../lib/feed.js").Rows} rows of the feed `ceremony` */
function take(rows) {
  items = itemsOf(rows);
  info = rows.get("info") ?? null;
  told = rows.get("timer") ?? null;
  draw();
}

function draw() {
  drawLost();
  const now = feed.knowsTime || ahead === null ? feed.now() : Date.now() * 1000 + ahead;
  setText(byId("clock"), feed.knowsTime || ahead !== null ? clock(now) : "--:--:--");
  if (!info) return;
  const face = faceOf(items, now);
  page.dataset.grade = face.grade;
  setText(byId("title"), face.item ? face.item.title : info.title);
  const shown = face.item ? digits(face.left) : clock(now).slice(0, 5);
  setText(byId("digits"), shown);
  byId("digits").classList.toggle("is-long", shown.length > 5);
  byId("digits").classList.toggle("is-longest", shown.length > 7);
  setText(byId("words"), wordsOf(face));
  byId("bar").style.setProperty("--left", String(face.share));
  setText(byId("next"), nextWords(face));
  drawMessage();
}

function drawMessage() {
  const text = told?.text ?? "";
  byId("message").hidden = text === "";
  page.classList.toggle("has-message", text !== "");
  setText(byId("message"), text);
}

/** @param {Face} face */
function wordsOf(face) {
  if (face.grade === "rest") return face.next ? t("Chưa đến lượt phát biểu") : t("Hết chương trình");
  if (face.grade === "held") return t("Đồng hồ tạm dừng");
  if (face.grade === "over") return t("Đã quá giờ");
  return face.grade === "soon" ? t("Sắp hết giờ") : t("Còn thời gian");
}

/** @param {Face} face */
function nextWords(face) {
  if (!face.next || face.nextAt === null) return "";
  return t("Tiếp theo, khoảng {time}: {title}", { time: time(face.nextAt), title: face.next.title });
}

function drawLost() {
  const status = feed.status();
  const lost = byId("lost");
  const ended = status.connection === "ended";
  lost.hidden = !(ended || status.stale || status.connection === "lost");
  document.body.classList.toggle("is-lost", !lost.hidden);
  setText(
    lost,
    ended ? t("Liên kết này đã bị thu hồi. Đồng hồ chạy tiếp nhưng không nhận được thay đổi nữa.") : t("Mất kết nối với trung tâm. Đồng hồ vẫn chạy đúng; lời nhắn và thay đổi chưa tới được."),
  );
}

async function goFull() {
  await document.documentElement.requestFullscreen?.().catch(() => undefined);
  await keepAwake();
}

/** A screen that faces a speaker must not go dark. */
async function keepAwake() {
  if (document.visibilityState !== "visible" || (awakeLock && !awakeLock.released)) return;
  awakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
}

/** The button hides when nobody touches anything. */
function awake() {
  document.body.classList.remove("is-idle");
  clearTimeout(idle);
  idle = setTimeout(() => document.body.classList.add("is-idle"), IDLE_AFTER);
}
