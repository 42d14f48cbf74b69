// /desk: the numbers told by phone, who is still missing, closing the figures, links.

import { AskDialog } from "../elements/ask_dialog.js";
import { bannerLines, drawBanners } from "../elements/banners.js";
import { ClosingPart } from "../elements/closing_part.js";
import { drawClosing } from "../elements/closing_words.js";
import { DeskLine } from "../elements/desk_line.js";
import { drawEntries } from "../elements/entry_rows.js";
import { GuestDesk } from "../elements/guest_desk.js";
import { HandOuts } from "../elements/hand_outs.js";
import { LinksPart } from "../elements/links_part.js";
import { ListPart } from "../elements/list_part.js";
import { drawMissing } from "../elements/missing_list.js";
import { PhasePart, markPhase } from "../elements/phase_part.js";
import { siteOffice } from "../elements/site_office.js";
import { readinessLines } from "../elements/readiness_lines.js";
import { SitePanel } from "../elements/site_panel.js";
import { Tabs } from "../elements/tabs.js";
import { Problem, command } from "../lib/api.js";
import { FeedClient } from "../lib/feed.js";
import { clock, date, number } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { uuid7 } from "../lib/ids.js";
import { stillValid } from "../lib/link.js";
import { packedSites } from "../lib/packed_sites.js";
import { byId, make, session, setText } from "../lib/page.js";
import { reportCommand } from "../models/desk_entry.js";
import { EntryLog } from "../models/entry_log.js";
import { guestsOf } from "../models/guests.js";
import { sumUp } from "../models/missing.js";
import { phaseLines } from "../models/figures.js";
import { SiteSearch } from "../models/site_search.js";

/**
 * @typedef {import("../models/entry_log.js").Entry} Entry
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 */

const LISTS_EVERY = 300;

const feed = new FeedClient({ as: session.as, mayReturn: stillValid, packed: { sites: packedSites(session.as) } });
const search = new SiteSearch();
const log = new EntryLog();
const ask = new AskDialog();
/** @type {Map<string, SiteRow>} */
let sites = new Map();
/** @type {any} */
let info = null;
/** Who closed the figures last: names come in a feed of the staff's own. */
let closedBy = "";
/** @type {import("../models/readiness.js").Item[]} */
let checklist = [];
let loaded = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let listsTimer;

const line = new DeskLine(search, (code) => sites.get(code), (site, count, given) => void enter(site, count, given));
const panel = new SitePanel(byId("panel"), feed, panelButtons);
panel.add(t("Sẵn sàng"), (rows) => readinessLines(checklist, rows.get("readiness")));
const list = new ListPart((code) => panel.open(code));
const closing = new ClosingPart(ask);
new HandOuts();
const links = new LinksPart(ask, search, (code) => sites.get(code));
const phasePart = new PhasePart(byId("phase"), ask);
/** @type {import("../models/figures.js").PhaseRow | null} */
let phase = null;
const guests = new GuestDesk(byId("guests"), { keep: true });
const tabs = new Tabs(document.querySelectorAll('[role="tab"]'), onTab);
const groupChoice = /** @type {HTMLSelectElement} */ (byId("missing-group"));

feed.subscribe("sites", (rows, changed) => {
  loaded = true;
  sites = rows;
  indexNames(changed);
  drawLists();
});
feed.subscribe("names", (rows) => {
  closedBy = rows.get("names")?.closed_by ?? "";
  closing.draw(info, sumUp(sites.values()), closedBy);
});
feed.subscribe("ceremony", (rows) => {
  info = rows.get("info") ?? null;
  checklist = rows.get("checklist")?.items ?? [];
  phase = rows.get("phase") ?? null;
  markPhase(phase);
  phasePart.draw(phase, rows.get("totals") ?? null, rows.get("info") ?? null);
  drawHeader(rows.get("totals"));
  closing.draw(info, sumUp(sites.values()), closedBy);
});
feed.subscribe("rundown", (rows) => guests.draw(guestsOf(rows)));
feed.watch(drawStatus);
feed.open();
setInterval(drawTime, 1000);
groupChoice.addEventListener("change", drawListsNow);
byId("undo").addEventListener("click", () => correct(log.last()));
document.addEventListener("keydown", onKey);
window.addEventListener("beforeunload", (event) => {
  if (log.open) event.preventDefault();
});
line.focus();

/**
 * Send one line. It confirms itself in the list below; the field is free for the next at once.
 * @param {SiteRow} site
 * @param {number} count
 * @param {{reason: string, confirmed: boolean}} given
 */
async function enter(site, count, given) {
  const entry = log.add(uuid7(), site, count, given, feed.now());
  const asked = log.entries.find((each) => each.code === site.code && each !== entry && each.state === "accepted");
  await give(entry, { id: entry.id, ...reportCommand(site, count, given) });
  if (asked && entry.state === "accepted") asked.undone = true;
  drawLog();
}

/**
 * @param {Entry} entry
 * @param {import("../lib/api.js").CommandFields} fields
 */
async function give(entry, fields) {
  entry.state = "sending";
  drawLog();
  try {
    await command(fields);
    entry.state = "accepted";
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem("page_error", String(error));
    entry.state = problem.code === "offline" || problem.status >= 500 ? "unsent" : "refused";
    entry.problem = `${problem.message} (${problem.code})`;
  }
}

/** @param {Entry} entry */
async function again(entry) {
  await give(entry, {
    id: entry.id,
    kind: "report_head_count",
    site: entry.code,
    counts: { unsorted: entry.count },
    confirmed_unusual: entry.confirmed,
    reason: entry.before === null ? "" : entry.reason,
  });
  drawLog();
}

/**
 * Undo is a correction: back to the number before where there was one, else to the line with the reason filled in.
 * @param {Entry | undefined} entry
 */
function correct(entry) {
  const site = entry && sites.get(entry.code);
  if (!entry || !site) return;
  tabs.select("entry");
  if (entry.before !== null && entry.state === "accepted" && !entry.undone && site.present === entry.count) {
    void enter(site, entry.before, { reason: t("Nhập nhầm, trả về số trước"), confirmed: true });
    line.focus();
  } else line.choose(entry.code, t("Nhập nhầm"));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Escape" && panel.code) panel.close();
  const empty = event.target instanceof HTMLInputElement ? event.target.value === "" : true;
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && empty) {
    event.preventDefault();
    correct(log.last());
  }
}

/** @param {Set<string> | null} changed */
function indexNames(changed) {
  if (changed === null) search.clear();
  for (const code of changed ?? sites.keys()) {
    const row = sites.get(code);
    if (row) search.put(row);
    else search.remove(code);
  }
  if (changed === null) fillGroups();
}

function fillGroups() {
  const names = [...new Set([...sites.values()].map((row) => row.group))];
  const wanted = new URLSearchParams(location.search).get("group") ?? "";
  for (const id of ["missing-group", "list-group", "hand-out-group"]) {
    const select = /** @type {HTMLSelectElement} */ (byId(id));
    const kept = select.value || wanted;
    const all = /** @type {HTMLElement} */ (select.firstElementChild);
    select.replaceChildren(all, ...names.map((name) => make("option", { text: name, attributes: { value: name } })));
    if (names.includes(kept)) select.value = kept;
  }
}

function drawLists() {
  listsTimer ??= setTimeout(drawListsNow, LISTS_EVERY);
}

function drawListsNow() {
  clearTimeout(listsTimer);
  listsTimer = undefined;
  if (!loaded) return;
  const sums = sumUp(sites.values());
  const groups = groupChoice.value ? sums.groups.filter((group) => group.name === groupChoice.value) : sums.groups;
  setText(byId("missing-count"), number(sums.all.missing.length));
  drawMissing(byId("missing"), groups, (code) => line.choose(code));
  list.draw(sites);
  closing.draw(info, sums, closedBy);
}

function drawLog() {
  drawEntries(byId("log"), log.entries, { again: (entry) => void again(entry), correct });
  byId("log-empty").hidden = log.entries.length > 0;
  /** @type {HTMLButtonElement} */ (byId("undo")).disabled = !log.last();
}

/** @param {any} totals */
function drawHeader(totals) {
  if (info) {
    setText(byId("title"), info.title);
    setText(byId("subtitle"), [t("Bàn trực số liệu"), info.authority, date(info.starts_at)].join(" · "));
  }
  if (totals) {
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
  if (info && feed.knowsTime) drawClosing(byId("closing"), info, now);
  if (feed.status().stale) drawStatus();
}

function drawStatus() {
  const status = feed.status();
  document.body.classList.toggle("is-stale", status.stale || status.connection === "ended");
  drawBanners(byId("banners"), [...phaseLines(phase), ...unsettledLines(), ...bannerLines(status, info ?? undefined)]);
}

/** Two numbers that do not agree wait for somebody to choose. @returns {import("../elements/banners.js").Line[]} */
function unsettledLines() {
  const count = phase?.disagreeing ?? 0;
  if (count === 0) return [];
  const text = tn("{count} điểm cầu có hai số chưa thống nhất.", count, { count: number(count) });
  const run = () => {
    tabs.select("list");
    list.filterBy("unsettled");
  };
  return [{ kind: "warn", code: `unsettled-${count}`, text, act: { text: t("Xem và chọn"), run } }];
}

/** @param {string} name */
function onTab(name) {
  links.show(name === "links");
  phasePart.show(name === "phase");
  if (name === "entry") line.focus();
  if (name === "list") list.draw(sites);
}

/** @param {SiteRow} site @param {any} own */
function panelButtons(site, own) {
  const report = make("button", { class: "button", text: t("Nhập số"), attributes: { type: "button" } });
  report.addEventListener("click", () => {
    panel.close();
    tabs.select("entry");
    line.choose(site.code);
  });
  const renew = make("button", { class: "button is-plain", text: t("Đổi người phụ trách"), attributes: { type: "button" } });
  renew.addEventListener("click", () => {
    panel.close();
    tabs.select("links");
    links.changeHost(site);
  });
  return [report, renew, siteOffice(site, { ask, sites: () => sites.values(), own, done: () => panel.close() })];
}
