// /help: who to call next, who called for help, and what everybody was told.

import { AskDialog } from "../elements/ask_dialog.js";
import { bannerLines, drawBanners } from "../elements/banners.js";
import { ChasePart } from "../elements/chase_part.js";
import { drawClosing } from "../elements/closing_words.js";
import { NoticePart } from "../elements/notice_part.js";
import { PaperPart } from "../elements/paper_part.js";
import { SitePanel } from "../elements/site_panel.js";
import { Tabs } from "../elements/tabs.js";
import { TicketPart } from "../elements/ticket_part.js";
import { FeedClient } from "../lib/feed.js";
import { clock, number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { stillValid } from "../lib/link.js";
import { packedSites } from "../lib/packed_sites.js";
import { byId, make, session, setText } from "../lib/page.js";
import { waiting } from "../models/help.js";
import { sumUp } from "../models/missing.js";

const mayChase = ["admin", "tech", "desk"].includes(session.role);
const feed = new FeedClient({ as: session.as, mayReturn: stillValid, packed: { sites: packedSites(session.as) } });
const ask = new AskDialog();
/** @type {Map<string, any>} */
let sites = new Map();
/** @type {Map<string, any>} */
let help = new Map();
/** @type {any} */
let info = null;

const panel = new SitePanel(byId("panel"), feed, (site) => {
  const talk = make("button", { class: "button is-small", text: t("Nhắn tin"), attributes: { type: "button" } });
  talk.addEventListener("click", () => tickets.open(site.code, site.name));
  return [talk];
});
const chase = new ChasePart(ask, session.seat || session.role, (code) => panel.open(code));
const tickets = new TicketPart(feed, session.seat || session.role, mayChase);
const notices = new NoticePart(ask);
const papers = new PaperPart(ask);
const tabs = new Tabs(document.querySelectorAll('[role="tab"]'), () => drawNow());
if (!mayChase) {
  byId("tab-chase").hidden = true;
  if (!location.hash || location.hash === "#chase") tabs.select("calls");
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

feed.subscribe("sites", (rows) => {
  sites = rows;
  draw();
});
feed.subscribe("help", (rows) => {
  help = rows;
  draw();
});
feed.subscribe("ceremony", (rows) => {
  info = rows.get("info") ?? null;
  setText(byId("subtitle"), info?.title ?? "");
  draw();
});
feed.watch(drawStatus);
feed.open();
setInterval(tick, 1000);

/** A flood of check-ins draws the lists a few times a second, not each time. */
function draw() {
  timer ??= setTimeout(drawNow, 200);
}

function drawNow() {
  clearTimeout(timer);
  timer = undefined;
  const { open, unread } = waiting(help);
  badge("calls-badge", open + unread);
  const { all } = sumUp(sites.values());
  setText(byId("missing"), sites.size ? number(all.missing.length) : "–");
  setText(byId("open-calls"), number(open));
  setText(byId("unread"), number(unread));
  if (info && mayChase && !byId("chase").hidden) chase.draw(sites, help, info, feed.now());
  tickets.draw(help, sites);
  notices.draw(help, sites, info);
  papers.draw(help, sites, info);
  drawStatus();
}

/** @param {string} id @param {number} count */
function badge(id, count) {
  byId(id).hidden = count === 0;
  setText(byId(id), String(count));
}

function tick() {
  if (feed.knowsTime) setText(byId("clock"), clock(feed.now()));
  if (info) drawClosing(byId("closing"), info, feed.now());
  if (info && mayChase && !byId("chase").hidden) chase.draw(sites, help, info, feed.now());
  drawStatus();
}

function drawStatus() {
  drawBanners(byId("banners"), bannerLines(feed.status(), info ?? undefined));
  document.body.classList.toggle("is-stale", feed.status().stale);
}
