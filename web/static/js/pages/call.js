// /call: the show caller's console. The technical team opens it too, to give the second confirmation.

import { AbortPart } from "../elements/abort_part.js";
import { AskDialog } from "../elements/ask_dialog.js";
import { ClipPart } from "../elements/clip_part.js";
import { drawDoubt } from "../elements/doubt_part.js";
import { drawLaunch } from "../elements/launch_console.js";
import { showViewing } from "../elements/viewing_figures.js";
import { MediaDesk } from "../elements/media_desk.js";
import { PledgePart } from "../elements/pledge_part.js";
import { RunConsole } from "../elements/run_console.js";
import { Problem, command } from "../lib/api.js";
import { cueOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { clock, date, number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { said } from "../lib/said.js";
import { SeatDevice } from "../lib/seat.js";
import { kindWords, statement } from "../models/doubt.js";
import { actions, isLost } from "../models/launch.js";
import { withNames } from "../models/names.js";
import { planFields, planOf } from "../models/plan.js";

/**
 * @typedef {import("../models/launch.js").Cue} Cue
 * @typedef {import("../models/launch.js").Required} Required
 */

const feed = new FeedClient({ as: session.as });
const ask = new AskDialog();
const programme = new RunConsole(feed, ask, say);
const pledge = new PledgePart(ask);
const clip = new ClipPart();
new MediaDesk(feed, ask);
const reason = /** @type {HTMLInputElement} */ (byId("abort-reason"));
const abort = new AbortPart({ now: () => feed.now(), say, ask: askAbort, reason: () => reason.value.trim() });

/** @type {SeatDevice | null} */
let device = null;
/** @type {Cue | null} */
let cue = null;
/** As everybody's feed tells it, without names. @type {Cue | null} */
let cueTold = null;
/** @type {import("../models/names.js").Names | null} */
let names = null;
/** @type {any} */
let info = null;
/** @type {any} */
let totals = null;

feed.subscribe("ceremony", (rows) => {
  cueTold = cueOf(rows);
  cue = withNames(cueTold, names);
  info = rows.get("info") ?? null;
  totals = rows.get("totals") ?? null;
  programme.take(rows);
  pledge.take(rows.get("pledge"));
  draw();
});
showViewing(feed);
feed.subscribe("names", (rows) => {
  names = rows.get("names") ?? null;
  cue = withNames(cueTold, names);
  draw();
});
feed.watch((status) => {
  document.body.classList.toggle("is-stale", status.stale);
  drawBanners();
});
feed.open();
setInterval(drawTime, 500);
void enrol();

async function enrol() {
  try {
    device = await SeatDevice.open(session.as);
    setText(byId("device"), t("Mã của máy này: {id}. Trước tổng duyệt, đọc mã cho quản trị để máy được quyền xác nhận kích hoạt.", { id: device.id }));
  } catch (error) {
    say(error);
    if (error instanceof Problem && error.code === "offline") setTimeout(enrol, 3000);
  }
  draw();
}

function draw() {
  clip.draw(cue);
  setText(byId("title"), info?.title ?? t("Đang tải…"));
  setText(byId("subtitle"), info ? `${info.authority} · ${date(info.starts_at)}` : "");
  setText(byId("connected"), totals ? number(totals.connected) : "–");
  setText(byId("present"), totals ? number(totals.present) : "–");
  drawBanners();
  drawCue();
  drawTime();
}

function drawTime() {
  const now = feed.now();
  setText(byId("clock"), feed.knowsTime ? clock(now) : "--:--:--");
  programme.tick();
  if (cue) drawStop(cue);
  if (cue && ["armed", "committed"].includes(cue.state)) drawLaunch(cue, now, askWaive, maySee());
}

function drawBanners() {
  const status = feed.status();
  const lines = [];
  if (status.connection === "ended") lines.push(t("Liên kết này đã bị thu hồi. Xin liên kết mới từ quản trị."));
  else if (status.stale || status.connection === "lost") lines.push(t("Mất kết nối với trung tâm. Số liệu trên màn hình đã cũ; máy đang tự nối lại."));
  if (info?.journal_problem) lines.push(info.journal_problem);
  if (info?.suspect) lines.push(said(info.suspect_detail));
  const area = byId("banners");
  if (area.dataset.lines === lines.join("\n")) return;
  area.dataset.lines = lines.join("\n");
  area.replaceChildren(...lines.map((text) => make("p", { class: "banner is-bad", text })));
}

function maySee() {
  return ["caller", "tech", "admin"].includes(session.role);
}

function drawCue() {
  byId("launch").hidden = !cue;
  byId("launch-empty").hidden = Boolean(cue) || !info;
  if (!cue) return;
  drawLaunch(cue, feed.now(), askWaive, maySee());
  drawDoubt(cue, session.role, askVouch);
  drawActions(cue);
}

/** @param {Cue} now */
function drawActions(now) {
  const key = `${now.state} ${now.attempt} ${now.confirmed.length} ${device !== null} ${info?.suspect}`;
  const area = byId("actions");
  if (area.dataset.key === key) return;
  area.dataset.key = key;
  const buttons = actions(now, session.role).map((action) => ACTIONS[action](now));
  if (info?.suspect && now.state === "polling") buttons.unshift(button(t("Đồng ý tiếp tục dù trung tâm tự nghi ngờ"), "is-plain", () => askWaive(null)));
  area.replaceChildren(...buttons);
}

/** @type {Record<string, (cue: Cue) => HTMLElement>} */
const ACTIONS = {
  prepare: (now) => button(t("Chuẩn bị"), "is-main", () => run({ kind: "prepare_cue", cue: now.cue })),
  edit: (now) => button(t("Sửa kế hoạch"), "is-plain", () => askEdit(now)),
  poll_rehearsal: (now) => button(t("Mở tổng duyệt"), "is-main", () => run({ kind: "open_polling", cue: now.cue, live: false })),
  poll_live: (now) => button(t("Mở chính thức"), "is-live", () => askLive(now)),
  resume: (now) => button(t("Tiếp tục"), "is-main", () => run({ kind: "open_polling", cue: now.cue, live: now.live })),
  hold: (now) => button(t("Tạm dừng"), "is-plain", () => run({ kind: "hold_cue", cue: now.cue, attempt: now.attempt })),
  confirm: (now) => button(t("Xác nhận kích hoạt"), now.live ? "is-live" : "is-main", () => askConfirm(now)),
};

/**
 * @param {string} text
 * @param {string} kind
 * @param {() => void} work
 */
function button(text, kind, work) {
  const element = make("button", { class: `button ${kind}`, text, attributes: { type: "button" } });
  element.addEventListener("click", work);
  return element;
}

/** @param {import("../lib/api.js").CommandFields} fields */
async function run(fields) {
  try {
    await command(fields);
  } catch (error) {
    say(error);
  }
}

/** @param {Cue} now */
function askLive(now) {
  ask.open({
    title: t("Mở phát động chính thức?"),
    words: t("Từ lúc này, lần bấm nút sẽ là thật: mọi màn hình trong tỉnh cùng phát động. Tổng duyệt đã xong thì mới mở."),
    yes: t("Mở chính thức"),
    work: () => command({ kind: "open_polling", cue: now.cue, live: true }),
  });
}

/** @param {Cue} now */
function askConfirm(now) {
  const words = now.live ? t("CHÍNH THỨC") : t("TỔNG DUYỆT");
  ask.open({
    title: t("Xác nhận kích hoạt · {mode}", { mode: words }),
    words: t("Anh/chị xác nhận kích hoạt “{title}”, lần {attempt}, mã kế hoạch {hash}. Cần đủ hai người; sau đó lần nhấn nút tiếp theo là lệnh phát động.", {
      title: `${now.title} ${now.subtitle}`.trim(),
      attempt: now.attempt,
      hash: now.plan_hash.slice(0, 12),
    }),
    yes: t("Xác nhận kích hoạt"),
    work: async () => {
      if (!device) throw new Problem("no_device", t("Máy này chưa ghi danh được. Tải lại trang."));
      return device.confirm(now, session.role);
    },
  });
}

/** @param {import("../models/doubt.js").DoubtRow} doubt */
function askVouch(doubt) {
  const now = cue;
  if (!now) return;
  ask.open({
    title: t("Xác nhận thay cho máy giữ quyền?"),
    words: t("Về lần {attempt} ({kind}), anh/chị xác nhận: “{statement}”. Nếu điều này sai, tỉnh có thể phát động hai lần ở hai thời điểm. Lời xác nhận được ký bằng máy này và ghi vào biên bản; cần đủ hai người.", {
      attempt: doubt.attempt,
      kind: kindWords(doubt.live),
      statement: statement(),
    }),
    yes: statement(),
    danger: true,
    work: async () => {
      if (!device || !info) throw new Problem("no_device", t("Máy này chưa ghi danh được. Tải lại trang."));
      return device.vouch(info.ceremony_id, now.cue, doubt, session.role);
    },
  });
}

/** Drawn by the clock too: until when an order can be taken back passes by itself. @param {Cue} now */
function drawStop(now) {
  const running = ["armed", "committed", "aborting"].includes(now.state) && !isLost(now);
  byId("stop").hidden = !maySee() || !running;
  if (!running) reason.value = "";
  abort.draw(now);
}

/** For who cannot hold a button. @param {Cue} now @param {() => Promise<unknown>} stop */
function askAbort(now, stop) {
  ask.open({
    title: now.state === "armed" ? t("Thu lại nút bấm?") : t("Hủy lệnh phát động?"),
    words: now.state === "armed" ? t("Nút bấm sẽ khóa lại và phải kích hoạt lại từ đầu.") : t("Mọi màn hình sẽ không phát động, nếu lệnh hủy tới kịp."),
    yes: now.state === "armed" ? t("Thu lại") : t("Hủy lệnh"),
    danger: true,
    work: stop,
  });
}

/** @param {Required | null} site null while the server suspects itself */
function askWaive(site) {
  const now = cue;
  if (!now) return;
  ask.open({
    title: site ? t("Đồng ý tiếp tục không có {name}?", { name: site.name }) : t("Đồng ý tiếp tục dù trung tâm tự nghi ngờ?"),
    words: t("Tên người đồng ý được ghi vào biên bản."),
    yes: t("Đồng ý tiếp tục"),
    fields: [
      { name: "named", label: t("Họ tên, chức vụ người đồng ý"), required: true },
      { name: "reason", label: t("Lý do"), required: true },
    ],
    work: ({ named, reason }) => command({ kind: "waive_site", cue: now.cue, attempt: now.attempt, site: site?.site ?? null, named, reason }),
  });
}

/** @param {Cue} now */
function askEdit(now) {
  ask.open({
    title: t("Kế hoạch bấm nút"),
    words: t("Ba dòng đầu hiện trên mọi màn hình khi phát động. Sửa xong phải chuẩn bị lại."),
    yes: t("Lưu kế hoạch"),
    fields: planFields(now.plan),
    work: (values) => command({ kind: "plan_cue", plan: planOf(now.plan, values) }),
  });
}

/** @param {unknown} error */
function say(error) {
  const words = error instanceof Problem ? `${error.message} (${error.code})` : String(error);
  const toast = make("p", { class: "toast", text: words });
  byId("toasts").append(toast);
  setTimeout(() => toast.remove(), 8000);
}
