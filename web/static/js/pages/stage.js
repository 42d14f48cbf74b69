// /stage: the main hall's great screen. A device of the hall's site with the part effector: it fires on its own clock and sends a
// receipt as any device. Opened with a technician's link it only watches the public feed, and sends none.

import { LaunchScene } from "../elements/launch_scene.js";
import { drawStagePledge } from "../elements/stage_pledge.js";
import { StageRoom } from "../elements/stage_room.js";
import { SceneOutput } from "../elements/scene_output.js";
import { SiteDevice } from "../lib/device.js";
import { FeedClient } from "../lib/feed.js";
import { t } from "../lib/i18n.js";
import { StageClip } from "../lib/stage_clip.js";
import { stillValid } from "../lib/link.js";
import { byId, session, setText } from "../lib/page.js";
import { openStorage } from "../lib/storage.js";
import { Unlock } from "../lib/unlock.js";
import { groupsOf, isRehearsing, sameAttempt } from "../models/public_launch.js";

const IDLE_AFTER = 4000;

const page = byId("main");
const controls = byId("controls");
const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
const unlock = new Unlock();
/** @type {SiteDevice | null} */
let device = null;
/** @type {import("../models/public_launch.js").PublicLaunch | null} */
let launch = null;
/** @type {import("../lib/feed.js").Rows} */
let rows = new Map();
/** The attempt this page saw without a device. @type {import("../models/public_launch.js").PublicLaunch | null} */
let watched = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle = undefined;

const scene = new LaunchScene(/** @type {HTMLElement} */ (page.querySelector(".scene")), () => device?.instant() ?? feed.now());
const clip = new StageClip(/** @type {HTMLVideoElement} */ (byId("clip")));
const output = new SceneOutput(scene, drawPublic, clip);
const room = new StageRoom();

byId("begin").addEventListener("click", () => void unlock.begin(document.documentElement));
byId("resume").addEventListener("click", () => void device?.resume());
byId("forget").addEventListener("click", async () => {
  await device?.forget();
  location.reload();
});
unlock.listen(draw);
for (const event of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(event, awake);
for (const side of ["x", "y"]) safeArea(side);

feed.subscribe("public", (told) => {
  rows = told;
  drawPublic();
  const info = rows.get("info");
  if (info) void begin(info.ceremony_id);
});
feed.watch(draw);
feed.open();
awake();
requestAnimationFrame(watchOnly);

function drawPublic() {
  const info = rows.get("info");
  launch = rows.get("launch") ?? null;
  if (info) scene.name(info.title);
  if (info && launch) scene.say({ ...launch, authority: info.authority });
  if (!output.standing && watched === null) scene.rehearsal(isRehearsing(launch));
  if (launch) scene.know({ state: launch.state, touched: launch.touched });
  scene.light(groupsOf(rows), launch?.lit ?? 0);
  room.take(rows.get("room"), mayCover());
  drawStagePledge(rows.get("pledge"), mayShowPledge());
}

/** From the first touch, and once the launch stands on the screen, nothing lies over it. */
function mayCover() {
  return !output.standing && watched === null && (launch?.touched ?? 0) === 0 && (launch?.t0 ?? null) === null;
}

/** The pledge comes after the launch: only a launch on its way keeps it off the screen. */
function mayShowPledge() {
  return (launch?.t0 ?? null) === null ? (launch?.touched ?? 0) === 0 : launch?.state === "verified" || feed.now() > (launch?.t0 ?? 0) + 30_000_000;
}

/** @param {string} ceremonyId */
async function begin(ceremonyId) {
  if (device || session.role !== "host" || !session.site) return;
  const storage = await openStorage();
  if (device) return;
  device = new SiteDevice({ as: session.as, site: session.site, page: "stage", part: "effector", storage, unlock, output, assets: () => clip.missing });
  device.listen(() => {
    if (device) output.prepared(device.status.prepare);
    draw();
  });
  await device.start(ceremonyId);
}

/** Without a device of its own the page follows the public feed's T0. */
function watchOnly() {
  if (session.role === "host") return;
  requestAnimationFrame(watchOnly);
  if (launch === null || launch.t0 === null) {
    if (watched && launch && !sameAttempt(watched, launch)) scene.quiet();
    if (launch && !sameAttempt(watched, launch)) watched = null;
    return;
  }
  scene.know({ t0: launch.t0, trigger: launch.trigger });
  if (sameAttempt(watched, launch) || feed.now() < launch.t0 || !["committed", "fired", "verified"].includes(launch.state)) return;
  watched = launch;
  scene.rehearsal(!launch.live);
  const late = feed.now() - launch.t0;
  if (late < 5_000_000) scene.fire(late / 1000);
  else scene.endState();
}

function draw() {
  const status = device?.status;
  const link = status?.link ?? (session.role === "host" ? "starting" : "watching");
  const health = unlock.health();
  const ready = link === "open" && Boolean(status?.clockReady) && unlock.tapped;
  controls.dataset.ready = String(ready);
  setText(byId("state"), words(link, ready));
  setText(byId("detail"), details(health));
  byId("begin").hidden = unlock.tapped && health.fullscreen === true;
  byId("resume").hidden = link !== "fenced";
  byId("forget").hidden = link !== "keys_changed";
  if (["fenced", "revoked", "expired", "refused", "keys_changed"].includes(link)) page.classList.remove("is-idle");
}

/** @param {string} link @param {boolean} ready */
function words(link, ready) {
  if (ready) return t("Sẵn sàng");
  if (link === "open" && !unlock.tapped) return t("Bấm Bắt đầu để mở toàn màn hình");
  if (link === "open") return t("Đang chỉnh đồng hồ");
  if (link === "watching") return t("Chỉ xem, không gửi xác nhận. Mở bằng liên kết của điểm cầu chính để gửi.");
  if (link === "fenced") return t("Màn hình này đang mở ở thẻ khác");
  if (link === "expired") return t("Phiên mở trang đã hết hạn. Mở lại liên kết trên máy này.");
  if (link === "revoked") return t("Liên kết đã bị thu hồi. Xin liên kết mới từ đội kỹ thuật.");
  if (link === "refused") return device?.status.detail ?? "";
  if (link === "keys_changed") return t("Khóa của buổi lễ đã đổi. Báo đội kỹ thuật (mã keys_changed).");
  return t("Đang kết nối với trung tâm");
}

/** @param {import("../lib/messages.js").Health} health */
function details(health) {
  if (!unlock.tapped) return t("Chỉnh lề nếu màn LED che mất mép hình");
  if (!unlock.canStayAwake) return t("Máy này không tự giữ sáng: tắt chế độ nghỉ màn hình");
  if (!health.awake) return t("Chưa giữ được màn hình sáng");
  return "";
}

/** Controls show while somebody is there. */
function awake() {
  page.classList.remove("is-idle");
  clearTimeout(idle);
  idle = setTimeout(() => {
    page.classList.toggle("is-idle", unlock.tapped);
    page.classList.remove("is-framing");
  }, IDLE_AFTER);
}

/** An LED wall of an odd shape hides its margins: kept for this browser. @param {string} side x or y */
function safeArea(side) {
  const slider = /** @type {HTMLInputElement} */ (byId(`safe-${side}`));
  const name = `diemcau-stage-safe-${side}`;
  slider.value = localStorage.getItem(name) ?? "0";
  const apply = () => page.style.setProperty(`--safe-${side}`, `${slider.value}%`);
  slider.addEventListener("input", () => {
    apply();
    localStorage.setItem(name, slider.value);
    page.classList.add("is-framing");
  });
  apply();
}
