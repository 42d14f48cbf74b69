// /wall: which of all sites are not well, why, and whom to call, in one glance.

import { bannerLines, drawBanners } from "../elements/banners.js";
import { drawClosing } from "../elements/closing_words.js";
import { cueWords } from "../elements/cue_words.js";
import { FilterChips } from "../elements/filter_chips.js";
import { drawMatters } from "../elements/matter_list.js";
import { drawStrip } from "../elements/programme_strip.js";
import { ReadinessBoard } from "../elements/readiness_board.js";
import { readinessLines } from "../elements/readiness_lines.js";
import { SiteCanvas } from "../elements/site_canvas.js";
import { SiteLink } from "../elements/site_link.js";
import { ownAsk } from "../elements/own_ask.js";
import { PhasePart, markPhase } from "../elements/phase_part.js";
import { siteOffice } from "../elements/site_office.js";
import { SitePanel } from "../elements/site_panel.js";
import { SiteTable } from "../elements/site_table.js";
import { Turns } from "../elements/turns.js";
import { WallPointer } from "../elements/wall_pointer.js";
import { showViewing } from "../elements/viewing_figures.js";
import { WallWatch } from "../elements/wall_watch.js";
import { cueOf, itemsOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { workerSocket } from "../lib/feed_socket.js";
import { clock, date, number } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { stillValid } from "../lib/link.js";
import { packedSites } from "../lib/packed_sites.js";
import { byId, make, session, setText } from "../lib/page.js";
import { matters } from "../models/attention.js";
import { closing } from "../models/closing.js";
import { phaseLines } from "../models/figures.js";
import { WallSites } from "../models/wall_sites.js";

const LISTS_EVERY = 500;
const MOST_CARDS = 16;
/** Sites folded for the search in one pause. */
const WARM_AT_ONCE = 250;

const feed = new FeedClient({ as: session.as, connect: workerSocket, mayReturn: stillValid, packed: { sites: packedSites(session.as) } });
const sites = new WallSites();
const turns = new Turns();
const canvas = new SiteCanvas(/** @type {HTMLCanvasElement} */ (byId("canvas")), sites, (work) => turns.ask("canvas", work));
const ask = ownAsk();
const panel = new SitePanel(byId("panel"), feed, (site, own) =>
  session.role === "caller" ? [] : [siteOffice(site, { ask, sites: () => sites.marks, own, done: () => panel.close() })],
);
const phasePart = new PhasePart(byId("phase-part"), ask);
panel.add(t("Sẵn sàng"), (rows) => readinessLines(ceremony.get("checklist")?.items ?? [], rows.get("readiness")));
/** What nobody needs for the first picture comes once that is there. */
const editor = idle()
  .then(() => import("../elements/checklist_editor.js"))
  .then(({ ChecklistEditor }) => new ChecklistEditor(feed));
const board = new ReadinessBoard(
  (which) => {
    sites.only = which;
    narrowed();
  },
  (items) => void editor.then((form) => form.open(items, sites.marks)),
);
const table = new SiteTable(byId("table"), (code) => panel.open(code));
const pointer = new WallPointer(byId("marks"), canvas, sites, (code) => panel.open(code));
const chips = new FilterChips(byId("filters"), filterBy);
const search = /** @type {HTMLInputElement} */ (byId("search"));
const watching = new WallWatch(feed, sites, { narrowed, changed: watchChanged, showGroup: seek });
const siteLink = new SiteLink(watching);
siteLink.mount(panel);

/** @type {Map<string, any>} */
let ceremony = new Map();
let loaded = false;
let listsDrawn = -Infinity;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let listsTimer;

feed.subscribe("sites", (rows, changed) => {
  loaded = true;
  const changes = sites.take(rows, changed);
  canvas.show();
  if (changes.all) {
    pointer.forget();
    canvas.fit();
    watching.rosterChanged();
    sites.onOwnPower(watching.watch.onOwnPower);
    whenIdle(warmSearch);
  } else turns.ask("pointer", () => pointer.refresh());
  drawLists();
});
feed.subscribe("ceremony", (rows) => {
  ceremony = rows;
  turns.ask("header", drawHeader);
  turns.ask("phase", drawPhase);
  drawLists();
});
if (session.role !== "desk") void idle().then(() => import("../elements/media_desk.js")).then(({ MediaDesk }) => new MediaDesk(feed, ask));
showViewing(feed);
feed.watch(drawStatus);
feed.open();
history.scrollRestoration = "manual"; // a wall that is opened again begins at its top, not in the midst of thousands of marks
setInterval(() => turns.ask("time", drawTime), 1000);

new ResizeObserver(([entry]) => canvas.resize(entry.contentRect.width, entry.contentRect.height)).observe(byId("marks"));

byId("phase-open").addEventListener("click", () => {
  phasePart.show(true);
  /** @type {HTMLDialogElement} */ (byId("phase")).showModal();
});
byId("phase").addEventListener("close", () => phasePart.show(false));
byId("phase-close").addEventListener("click", () => /** @type {HTMLDialogElement} */ (byId("phase")).close());
search.addEventListener("input", () => turns.ask("search", () => seek(search.value)));
byId("view").addEventListener("click", () => showTable(byId("table").hidden === true));
document.addEventListener("keydown", onKey);

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Escape") {
    const pointed = pointer.dismiss();
    if (panel.code) panel.close();
    else if (!pointed && sites.narrowed) clearFilters();
  } else if (event.key === "Enter" && event.target === search) {
    event.preventDefault(); // the panel takes the focus: its button must not take this key too
    openFirstFound();
  }
}

/** The index of the search is made in the pauses, before anybody searches. */
function warmSearch() {
  if (sites.warm(WARM_AT_ONCE)) whenIdle(warmSearch);
}

function idle() {
  return new Promise((/** @type {(done: void) => void} */ done) => whenIdle(() => done()));
}

/** @param {() => void} work */
function whenIdle(work) {
  if ("requestIdleCallback" in window) requestIdleCallback(work);
  else setTimeout(work, 50);
}

function openFirstFound() {
  const [first] = sites.search.find(search.value, 1);
  if (!first) return;
  pointer.focusMark(sites.indexOf.get(first.code) ?? -1);
  panel.open(first.code);
}

function clearFilters() {
  search.value = "";
  sites.seek("");
  watching.clear();
  board.clear();
  filterBy("all");
}

/** @param {import("../models/wall_sites.js").Filter} filter */
function filterBy(filter) {
  sites.filter = filter;
  narrowed();
}

/** @param {string} words */
function seek(words) {
  if (search.value !== words) search.value = words;
  sites.seek(words);
  narrowed();
}

function narrowed() {
  canvas.show();
  turns.ask("found", () => setText(byId("search-found"), search.value ? number(sites.shown().length) : ""));
  turns.ask("chips", drawChips);
  turns.ask("table", drawTable);
}

function drawTable() {
  if (!byId("table").hidden) table.show(sites.shown().map((mark) => sites.marks[mark]));
}

/** @param {boolean} on */
function showTable(on) {
  byId("table").hidden = !on;
  byId("marks").hidden = on;
  byId("view").setAttribute("aria-pressed", String(on));
  if (on) table.show(sites.shown().map((mark) => sites.marks[mark]));
}

/** Everything that counts all sites, at most twice a second. */
function drawLists() {
  listsTimer ??= setTimeout(drawListsNow, Math.max(0, listsDrawn + LISTS_EVERY - performance.now()));
}

function drawListsNow() {
  clearTimeout(listsTimer);
  listsTimer = undefined;
  listsDrawn = performance.now();
  turns.ask("chips", drawChips);
  turns.ask("table", drawTable);
  turns.ask("side", drawSide);
}

function drawChips() {
  byId("empty").hidden = !loaded || sites.marks.length > 0;
  chips.draw(sites.counts(), sites.filter);
  board.draw(ceremony.get("checklist")?.items, ceremony.get("readiness"));
}

/** Incidents, maintenances or what is noted of sites changed. */
function watchChanged() {
  siteLink.drawActs();
  sites.onOwnPower(watching.watch.onOwnPower);
  canvas.show();
  drawLists();
}

function drawSide() {
  if (!loaded) return;
  const info = ceremony.get("info");
  const chaseNever = Boolean(info) && feed.now() > info.close_at - 30 * 60_000_000;
  const { urgent, taken, reports } = matters(sites, { chaseNever, closing: info ? closing(info, feed.now()).kind : "before", watch: watching.watch, now: feed.now() });
  const doors = { open: (/** @type {string} */ code) => panel.open(code), filter: filterBy, seek, watch: watching.doors };
  if (watching.loaded) watching.bell.hear(urgent);
  setText(byId("matters"), number(urgent.length));
  byId("matters").classList.toggle("is-calm", urgent.length === 0);
  turns.ask("urgent", () => drawUrgent(urgent, doors));
  turns.ask("taken", () => drawTaken(taken, doors));
  turns.ask("reports", () => drawReports(reports, doors));
}

/** @typedef {import("../models/attention.js").Matter[]} Matters @typedef {Parameters<typeof drawMatters>[2]} Doors */

/** @param {Matters} urgent @param {Doors} doors */
function drawUrgent(urgent, doors) {
  drawMatters(byId("urgent"), urgent.slice(0, MOST_CARDS), doors, t("Không có việc gì cần xử lý."));
  byId("urgent-more").hidden = urgent.length <= MOST_CARDS;
  setText(byId("urgent-more"), tn("và {count} việc nữa: dùng bộ lọc hoặc bảng.", urgent.length - MOST_CARDS));
}

/** @param {Matters} taken @param {Doors} doors */
function drawTaken(taken, doors) {
  byId("taken-head").hidden = taken.length === 0;
  setText(byId("taken-count"), number(taken.length));
  drawMatters(byId("taken"), taken.slice(0, MOST_CARDS), doors);
}

/** @param {Matters} reports @param {Doors} doors */
function drawReports(reports, doors) {
  const waiting = reports.reduce((sum, matter) => sum + (matter.kind === "unreported" ? matter.count : 0), 0);
  byId("reports-head").hidden = reports.length === 0;
  setText(byId("reports-count"), tn("{count} điểm cầu", waiting, { count: number(waiting) }));
  drawMatters(byId("reports"), reports.slice(0, 8), doors);
}

function drawHeader() {
  const info = ceremony.get("info");
  const totals = ceremony.get("totals");
  if (info) {
    const cue = cueOf(ceremony);
    const kind = cue && !cue.live && cue.attempt > 0 ? t("nút bấm: tổng duyệt") : "";
    setText(byId("title"), info.title);
    setText(byId("subtitle"), [info.authority, date(info.starts_at), kind].filter(Boolean).join(" · "));
  }
  if (totals) {
    setText(byId("connected"), number(totals.connected));
    setText(byId("connected-of"), `/ ${number(totals.sites)}`);
    setText(byId("reported"), number(totals.reported));
    setText(byId("reported-of"), `/ ${number(totals.sites)}`);
    setText(byId("present"), number(totals.present));
    setText(byId("present-of"), `/ ${number(totals.expected)}`);
  }
  drawTime();
  drawStatus();
}

function drawTime() {
  const now = feed.now();
  setText(byId("clock"), feed.knowsTime ? clock(now) : "--:--:--");
  const { age, connection } = feed.status();
  if (age !== null) setText(byId("age"), connection === "live" ? t("cập nhật {age} giây trước", { age: Math.floor(age / 1000) }) : t("cũ {age} giây", { age: Math.floor(age / 1000) }));
  const info = ceremony.get("info");
  if (!info || !feed.knowsTime) return;
  drawClosing(byId("closing"), info, now);
  drawStrip(byId("strip"), itemsOf(ceremony), now);
  drawCue(now);
  drawStatus();
}

/** @param {number} now */
function drawCue(now) {
  const cue = cueOf(ceremony);
  const { words, tone } = cueWords(cue, now);
  const element = byId("cue");
  element.className = `wall-button ${tone}`;
  const confirmable = cue?.state === "polling";
  const key = `${words} ${confirmable}`;
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(make("span", { text: words }));
  if (confirmable) element.append(make("a", { text: t("Mở trang điều hành để xác nhận"), attributes: { href: `/call?as=${session.as}` } }));
}

/** The chip says which phase is on, and opens where it is begun and ended. */
function drawPhase() {
  const phase = ceremony.get("phase");
  markPhase(phase);
  phasePart.draw(phase ?? null, ceremony.get("totals") ?? null, ceremony.get("info") ?? null);
  const chip = /** @type {HTMLButtonElement} */ (byId("phase-open"));
  chip.hidden = !phase;
  chip.disabled = session.role === "caller";
  setText(chip, phase?.rehearsal ? t("TỔNG DUYỆT") : t("Ngày chính thức"));
  chip.setAttribute("aria-pressed", String(Boolean(phase?.rehearsal)));
  drawStatus();
}

function drawStatus() {
  const status = feed.status();
  document.body.classList.toggle("is-stale", status.stale || status.connection === "ended");
  drawBanners(byId("banners"), [...phaseLines(ceremony.get("phase")), ...bannerLines(status, ceremony.get("info"))]);
}
