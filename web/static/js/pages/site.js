// /site: the host's page. A full agent in the browser: three questions, then now and next; and, on the machine that is made the
// hall's screen, the countdown and the effect.

import { bannerLines, drawBanners } from "../elements/banners.js";
import { ConferenceRoom } from "../elements/conference_room.js";
import { HallView } from "../elements/hall_view.js";
import { LaunchScene } from "../elements/launch_scene.js";
import { markIcon, shapeInto } from "../elements/marks.js";
import { RoomSharing } from "../elements/room_sharing.js";
import { SceneOutput } from "../elements/scene_output.js";
import { SiteCount } from "../elements/site_count.js";
import { SitePhase, drawUnsent } from "../elements/site_phase.js";
import { SiteHelp } from "../elements/site_help.js";
import { SitePapers } from "../elements/site_papers.js";
import { SiteProgramme } from "../elements/site_programme.js";
import { SitePresence } from "../elements/site_presence.js";
import { SiteReady } from "../elements/site_ready.js";
import { SiteRest } from "../elements/site_rest.js";
import { SiteScreen } from "../elements/site_screen.js";
import { itemsOf } from "../lib/ceremony.js";
import { SiteDevice } from "../lib/device.js";
import { Drafts } from "../lib/drafts.js";
import { FeedClient } from "../lib/feed.js";
import { clock, telephone, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { deviceName, insideZalo } from "../lib/keys.js";
import { stillValid } from "../lib/link.js";
import { Offline } from "../lib/offline.js";
import { byId, make, session, setText } from "../lib/page.js";
import { pinnedBefore } from "../lib/pins.js";
import { Power } from "../lib/power.js";
import { said } from "../lib/said.js";
import { openStorage } from "../lib/storage.js";
import { TypedFields } from "../lib/typed_fields.js";
import { Unlock } from "../lib/unlock.js";
import { nowAndNext } from "../models/programme.js";
import { groupsOf, isRehearsing } from "../models/public_launch.js";
import { asksForContact, nextStep, progress, STEPS, total } from "../models/site_form.js";
import { linkWords, savedWords, stoppedWords } from "../models/site_words.js";

/** Without a word from the feed for this long the page begins with what this browser pinned before, in ms. */
const WITHOUT_FEED = 3000;

const code = new URLSearchParams(location.search).get("site") || session.site;
const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
const unlock = new Unlock();
const storage = await openStorage();
const drafts = new Drafts(deviceName(session.as, `site:${code}`));

const scene = new LaunchScene(/** @type {HTMLElement} */ (byId("hall").querySelector(".scene")), () => programme.instant() ?? feed.now(), {
  calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
});
const output = new SceneOutput(
  scene,
  (active) => {
    if (active && device.status.part !== "companion") hall.open();
    drawPublic();
  },
  null,
  (instant, work) => programme.when(instant, work),
);
const device = new SiteDevice({ as: session.as, site: code, page: "site", part: "companion", storage, unlock, output, notice, assets: () => programme.missing(device.status.prepare), following: () => programme.following, playback: () => programme.report() });
const hall = new HallView(unlock, () => {
  programme.left();
  drafts.keep({ hallOpen: false });
  draw();
});
const programme = new SiteProgramme(hall, unlock, () => device.instant(), () => hall.draw(), () => info !== null && info.starts_at <= feed.now());
const count = new SiteCount(
  async (report) => {
    await tell("report_head_count", report);
    drafts.keep({ counts: undefined });
    typed.forget(byId("count-form"));
    advance();
  },
  (counts) => drafts.keep({ counts }),
);
const presence = new SitePresence(async (kind, fields) => {
  await tell(kind, fields);
  typed.forget(byId(kind === "declare_chair" ? "chair-form" : "contact-form"));
  if (kind === "declare_chair") advance();
  else draw();
});
const screen = new SiteScreen(unlock, {
  take: () => device.takeScreen(),
  open: openHall,
  skip: () => {
    drafts.keep({ screenSkipped: true });
    advance();
  },
});
const rest = new SiteRest(go);
const phase = new SitePhase({
  drafts,
  entries: () => device.outbox.all,
  report: async (kind, fields) => {
    await tell(kind, fields);
    draw();
  },
  begun: () => {
    drafts.keep({ counts: undefined, screenSkipped: false, readySkipped: false });
    count.reset();
    chosen = null;
  },
  choosing: () => chosen === "count" || (chosen === null && shown === "count"),
  choose: () => go("count"),
});
const conferenceRoom = new ConferenceRoom();
const power = new Power();
const ready = new SiteReady(unlock, power, {
  report: async (kind, fields) => {
    await device.report(kind, fields);
    draw();
  },
  leave: () => {
    drafts.keep({ readySkipped: true });
    advance();
  },
});
const typed = new TypedFields(byId("main"), drafts.current.typed ?? {}, (fields) => drafts.keep({ typed: fields }));
const offline = new Offline(draw);
const room = new RoomSharing(code);
const helping = new SiteHelp(report);
const papers = new SitePapers(code, report);
/** The pledge of the moment. @type {any} */
let pledge = null;
/** Rows of this site's feed about help and notices. @type {any} */
let told = {};

let { info, site, mine, checklist, readiness, conference } = /** @type {any} */ (drafts.current);
info ??= null;
site ??= null;
mine ??= null;
/** @type {import("../models/programme.js").Item[]} */
let items = drafts.current.items ?? [];
/** @type {import("../models/public_launch.js").PublicLaunch | null} */
let launch = null;
/** @type {import("../lib/feed.js").Rows} */
let publicRows = new Map();
/** @type {import("../models/site_form.js").Step | "ready" | null} */
let chosen = null;
let wasOpen = false;
let begun = false;
let shown = "";
/** Words of the centre to this device. @type {{level: string, code: string, detail: string} | null} */
let word = null;

wire();
typed.restore();
feed.open();
void power.watch(healthChanged);
void offline.start();
setInterval(drawTime, 1000);
draw();

function wire() {
  if (drafts.current.counts) count.restore(drafts.current.counts);
  byId("link-mark").append(markIcon("never_seen"));
  for (const button of steps()) button.addEventListener("click", () => go(/** @type {any} */ (button.dataset.step)));
  byId("ready-open").addEventListener("click", () => {
    ready.open();
    go("ready");
  });
  byId("programme-open").addEventListener("click", () => programme.open());
  byId("help-open").addEventListener("click", help);
  byId("help-close").addEventListener("click", () => /** @type {HTMLDialogElement} */ (byId("help")).close());
  byId("stopped-act").addEventListener("click", () => void comeBack());
  byId("switch").addEventListener("change", switchSite);
  device.listen(() => {
    output.prepared(device.status.prepare);
    const open = device.status.link === "open";
    if (open && !wasOpen) offline.check();
    wasOpen = open;
    if (device.status.link === "revoked") drafts.keep({ conference: null });
    draw();
  });
  device.outbox.listen(draw);
  unlock.listen(healthChanged);
  feed.watch(() => {
    if (feed.status().connection === "lost") void beginWithout();
    draw();
  });
  feed.subscribe("ceremony", (rows) => {
    info = rows.get("info") ?? info;
    pledge = rows.get("pledge") ?? null;
    phase.takePhase(rows.get("phase"));
    checklist = rows.get("checklist") ?? checklist;
    drafts.keep({ info, checklist });
    if (info) void begin(info.ceremony_id);
    draw();
  });
  feed.subscribe(`site:${code}`, (rows) => {
    site = rows.get("site") ?? site;
    mine = rows.get("mine") ?? mine;
    phase.takeFigures(rows.get("figures"));
    room.take(rows.get("room"));
    told = { messages: rows.get("messages"), notices: rows.get("notices"), papers: rows.get("papers") };
    if (rows.has("site")) {
      readiness = rows.get("readiness") ?? null;
      conference = rows.get("conference") ?? null;
    }
    drafts.keep({ site, mine, readiness, conference });
    const own = mine?.devices.find((/** @type {any} */ each) => each.id === device.key?.id);
    if (own) device.partTold(own.part);
    draw();
  });
  if (code !== session.site) feed.subscribe(`site:${session.site}`, (rows) => drawSwitch(rows.get("site"), rows.get("mine")));
  feed.subscribe("public", (rows) => {
    publicRows = rows;
    drawPublic();
    draw();
  });
  setTimeout(() => void beginWithout(), WITHOUT_FEED);
}

/** @param {string} kind @param {Record<string, unknown>} fields */
async function report(kind, fields) {
  await device.report(kind, fields);
  draw();
}

/** @param {string} ceremonyId */
async function begin(ceremonyId) {
  if (begun) return;
  begun = true;
  await device.start(ceremonyId);
  draw();
}

/** The feed is silent: go on as the device this browser was before. */
async function beginWithout() {
  const pinned = await pinnedBefore(storage, deviceName(session.as, `site:${code}`));
  if (pinned) await begin(pinned.ceremony_id);
}

function drawPublic() {
  const head = publicRows.get("info");
  launch = publicRows.get("launch") ?? null;
  if (head) {
    items = itemsOf(publicRows);
    drafts.keep({ items });
  }
  if (head) scene.name(head.title, site ? t("{name} cùng phát động", { name: site.name }) : "");
  if (head && launch) scene.say({ ...launch, authority: head.authority });
  if (!output.standing) scene.rehearsal(isRehearsing(launch));
  if (launch) scene.know({ state: launch.state, touched: launch.touched });
  scene.light(groupsOf(publicRows), launch?.lit ?? 0);
}

/** What the page sees of its own machine changed. */
function healthChanged() {
  unlock.extra = { ...(power.battery && { battery: power.battery.level, charging: power.battery.charging }), on_generator: ready.onGenerator };
  ready.measured();
  draw();
}

/** @param {import("../models/site_form.js").Step | "ready"} step */
function go(step) {
  chosen = step;
  draw();
}

/** Report something of this phase. @param {string} kind @param {Record<string, unknown>} fields */
function tell(kind, fields) {
  return device.report(kind, phase.stamped(kind, fields));
}

/** The next thing to ask. */
function advance() {
  chosen = null;
  draw();
  byId("main").focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function openHall() {
  drafts.keep({ hallOpen: true });
  hall.open();
}

/** The one thing to do about a stop. */
async function comeBack() {
  if (device.status.link === "fenced") {
    await device.resume();
    return;
  }
  if (device.status.link === "keys_changed") await device.forget();
  location.reload();
}

/** @param {import("../lib/messages.js").Message} message */
function notice({ level, code: about, detail }) {
  word = { level, code: about, detail: said(detail) };
  draw();
}

// ---- drawing

function draw() {
  const status = device.status;
  const entries = phase.entries;
  drawHead();
  phase.draw(site);
  drawBanners(byId("banners"), lines());
  const stopped = stoppedWords(status);
  const done = progress(site, mine, entries, Boolean(drafts.current.screenSkipped));
  ready.show({ checklist: checklist ?? null, told: readiness ?? null, site, entries, conference: conference ?? null });
  const step = chosen ?? nextStep(done) ?? (ready.asks && !drafts.current.readySkipped ? "ready" : null);
  show(stopped ? "stopped" : site === null ? "loading" : viewOf(step));
  drawSteps(done, stopped ? null : step);
  if (stopped) drawStopped(stopped);
  drawAside(site !== null && !asksForContact(site, phase.entries));
  presence.show(site, phase.figures?.chair_at ? phase.figures.chair_at_name : "");
  count.show(info?.categories ?? [], site, mine, entries);
  screen.show(device, mine);
  rest.showSummary(site, reported(), screenWords());
  const saved = savedWords(phase.told, status.link === "open", storage.survives, drafts.current.counts !== undefined);
  const lost = stopped?.code === "link_revoked" && device.outbox.waiting.length > 0;
  setText(byId("saved"), lost ? t("Chưa gửi được: liên kết đã được thay. Vẫn lưu trên máy này.") : saved.words);
  byId("saved").dataset.state = lost ? "refused" : saved.state;
  if (drafts.current.hallOpen && status.part !== null && status.part !== "companion" && !stopped) hall.open();
  helping.take(told.messages, told.notices, entries);
  papers.draw(told.papers, pledge, entries);
  hall.draw();
  programme.know(site, status.part);
  drawTime();
}

/** The ways to the checklist and the conference room, once somebody is there. @param {boolean} present */
function drawAside(present) {
  const summary = ready.summary;
  const open = byId("ready-open");
  open.hidden = !present || summary === null;
  open.dataset.done = String(summary?.done ?? false);
  setText(byId("ready-sum"), summary ? `${summary.done ? "✓ " : ""}${summary.words}` : "");
  byId("programme-open").hidden = !present;
  conferenceRoom.show(present ? (conference ?? null) : null);
  if (ready.onGenerator !== (unlock.extra.on_generator ?? false)) unlock.extra = { ...unlock.extra, on_generator: ready.onGenerator };
  document.documentElement.dataset.offline = offline.state;
}

/** @param {import("../models/site_form.js").Step | "ready" | null} step */
function viewOf(step) {
  if (step === "present") return asksForContact(site, phase.entries) ? "contact" : "chair";
  return step ?? "rest";
}

/** @param {string} view */
function show(view) {
  if (view === shown) return;
  shown = view;
  for (const section of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-view]"))) {
    section.hidden = section.dataset.view !== view;
  }
}

function drawHead() {
  if (site) {
    setText(byId("name"), site.name);
    byId("name").classList.remove("skeleton");
    setText(byId("place"), t("{group} · điểm cầu {code}", { group: site.group, code: site.code }));
    document.title = t("{name} · Điểm Cầu", { name: site.name });
  }
  const link = linkWords(device.status, site);
  shapeInto(/** @type {SVGElement} */ (byId("link-mark").firstElementChild), link.grade);
  setText(byId("link-words"), link.words);
  byId("link").dataset.good = String(link.grade === "up");
  if (code === session.site) drawSwitch(site, mine);
}

/** @returns {import("../elements/banners.js").Line[]} */
function lines() {
  const made = [];
  if (insideZalo(navigator.userAgent)) {
    made.push({ kind: /** @type {const} */ ("warn"), code: "zalo", text: t("Đang mở trong Zalo, máy có thể tắt màn hình và mất kết nối. Bấm ⋯ ở góc trên, chọn “Mở bằng trình duyệt”; nếu trang hỏi liên kết, quét lại mã QR bằng camera.") });
  }
  if (!storage.survives) {
    made.push({ kind: /** @type {const} */ ("warn"), code: "no_storage", text: t("Trình duyệt này không lưu được dữ liệu. Đừng đóng trang khi chưa thấy “Trung tâm đã nhận”.") });
  }
  const { link, wasOpen } = device.status;
  const away = link === "connecting" && (wasOpen || feed.status().connection === "lost");
  if (offline.update) {
    const act = { text: t("Tải bản mới"), run: () => offline.apply() };
    made.push({ kind: /** @type {const} */ ("good"), code: "update", text: t("Trang có bản mới. Những gì đang nhập được giữ nguyên."), act });
  }
  if (away) made.push({ kind: /** @type {const} */ ("warn"), code: "offline", text: t("Mất kết nối với trung tâm. Vẫn nhập bình thường, máy sẽ tự gửi lại.") });
  if (word && word.level !== "info") made.push({ kind: word.level === "problem" ? /** @type {const} */ ("bad") : /** @type {const} */ ("warn"), code: word.code, text: word.detail });
  if (isRehearsing(launch)) made.push({ kind: /** @type {const} */ ("warn"), code: "rehearsal", text: t("TỔNG DUYỆT: lần bấm nút này chỉ để tập.") });
  const calm = { connection: /** @type {const} */ ("live"), stale: false, age: 0 };
  if (code !== session.site && site) made.push({ kind: /** @type {const} */ ("warn"), code: "behalf", text: t("Đang báo thay cho {name}. Trung tâm ghi rõ ai báo thay.", { name: site.name }) });
  return [...phase.lines, ...made, ...bannerLines(calm, info ?? undefined)];
}

/** @param {Record<string, string>} done @param {string | null} step */
function drawSteps(done, step) {
  for (const button of steps()) {
    const own = /** @type {string} */ (button.dataset.step);
    button.dataset.progress = done[own];
    button.disabled = site === null;
    if (own === step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
}

/** @param {{title: string, words: string, act: string, code: string}} stopped */
function drawStopped(stopped) {
  setText(byId("stopped-title"), stopped.title);
  setText(byId("stopped-words"), stopped.words);
  setText(byId("stopped-code"), stopped.code === "fenced" ? "" : t("Mã {code}", { code: stopped.code }));
  setText(byId("stopped-act"), stopped.act);
  byId("stopped-act").hidden = stopped.act === "";
  drawUnsent(byId("stopped-unsent"), stopped.code === "link_revoked" || stopped.code === "enrol_refused" ? device.outbox.waiting : [], info?.support_phone ?? "");
}

/** A host that was granted other sites goes to another one. @param {any} own @param {any} ownMine */
function drawSwitch(own, ownMine) {
  const others = /** @type {[string, string][]} */ (ownMine?.others ?? []);
  byId("switch-line").hidden = others.length === 0;
  if (!own || others.length === 0) return;
  const select = /** @type {HTMLSelectElement} */ (byId("switch"));
  const all = [[own.code, own.name], ...others];
  if (select.options.length === all.length) return;
  select.replaceChildren(...all.map(([value, text]) => make("option", { text: `${text} (${value})`, attributes: { value } })));
  select.value = code;
}

function switchSite() {
  const url = new URL(location.href);
  url.searchParams.set("as", session.as);
  url.searchParams.set("site", /** @type {HTMLSelectElement} */ (byId("switch")).value);
  location.assign(url);
}

function drawTime() {
  const now = feed.now();
  rest.showProgramme(items, now);
  const { current, next, nextAt } = nowAndNext(items, now);
  const on = current ? t("Đang diễn ra: {title}", { title: current.title }) : next && nextAt !== null ? `${time(nextAt)} · ${next.title}` : "";
  hall.say(site?.name ?? "", on);
}

function reported() {
  const last = phase.entries.filter((entry) => entry.kind === "report_head_count").at(-1);
  if (last?.state === "saved" || last?.state === "sent" || (last?.state === "accepted" && site?.present == null)) return total(/** @type {Record<string, number>} */ (last.fields.counts));
  return site?.present ?? null;
}

function screenWords() {
  if (device.status.part === "screen") return t("Máy này");
  return mine?.devices.find((/** @type {any} */ each) => each.part === "screen")?.name ?? (drafts.current.screenSkipped ? t("Máy khác sẽ chiếu") : t("Chưa chọn"));
}

function help() {
  const phone = info?.support_phone ?? "";
  const call = /** @type {HTMLAnchorElement} */ (byId("help-call"));
  setText(byId("help-words"), phone ? t("Đội kỹ thuật trực suốt buổi lễ.") : t("Gọi số điện thoại in trên phiếu hướng dẫn của điểm cầu."));
  call.hidden = phone === "";
  call.href = telephone(phone);
  setText(call, t("Gọi {phone}", { phone }));
  const waiting = device.outbox.waiting.length;
  const facts = [
    [t("Điểm cầu"), `${site?.name ?? ""} (${code})`],
    [t("Kết nối"), linkWords(device.status, site).words],
    [t("Giờ trung tâm"), clock(feed.now())],
    [t("Chờ gửi"), String(waiting)],
    [t("Thiết bị"), device.key ? device.key.id.slice(0, 8) : "…"],
  ];
  byId("help-facts").replaceChildren(...facts.flatMap(([head, words]) => [make("dt", { text: head }), make("dd", { text: words })]));
  /** @type {HTMLDialogElement} */ (byId("help")).showModal();
  helping.opened();
}

/** @returns {HTMLButtonElement[]} */
function steps() {
  return STEPS.map((step) => /** @type {HTMLButtonElement} */ (document.querySelector(`.site-steps [data-step="${step}"]`)));
}
