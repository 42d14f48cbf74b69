// /watch: the picture first; what is on and what comes; how many are together; at the launch the same lamps, on the very frame of the
// picture, also where nothing but the programme's playlist comes through. Successes only.

import { bannerLines, drawBanners } from "../elements/banners.js";
import { ProgrammeView } from "../elements/programme_view.js";
import { PublicScene } from "../elements/public_scene.js";
import { WatchPledge } from "../elements/watch_pledge.js";
import { Beacons } from "../lib/beacons.js";
import { itemsOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { countdown, date, number, split, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { stillValid } from "../lib/link.js";
import { byId, make, session, setText } from "../lib/page.js";
import { carriesProgramme, pinsOfPage, publicOfPage } from "../lib/public_page.js";
import { LaunchMarks } from "../models/marks.js";
import { nowAndNext, project } from "../models/programme.js";
import { portalAddress } from "../models/public_launch.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 */

const DAY = 86_400_000_000;

const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
/** @type {any} */
let info = null;
/** What the page was told when it was made: enough for the launch where no feed is to be had. */
const page = publicOfPage();
/** @type {LaunchMarks | null} */
let marks = page && pinsOfPage(page) ? new LaunchMarks(/** @type {any} */ (pinsOfPage(page))) : null;
const view = new ProgrammeView(byId("programme-view"), {
  instant: () => (feed.knowsTime ? feed.now() : null),
  begun: () => (info ?? page) !== null && (info ?? page).starts_at <= feed.now(),
  changed: drawProgrammeState,
  playlist: (playlist) => marks?.take(playlist) && scene.look(),
  framed: () => view.player.looksBack && scene.look(),
}, { looksBack: true });
const scene = new PublicScene(/** @type {HTMLElement} */ (document.querySelector(".scene")), feed, onPhase, {
  programme: () => ({ player: view.player, marks }),
  words: { title: page?.launch?.title ?? "", subtitle: page?.launch?.subtitle ?? "" },
});
/** @type {Item[]} */
let items = [];
/** @type {{state: string, portal: string} | null} The launch as the public feed tells it: some seconds before the picture does. */
let portalRow = null;
const pledge = new WatchPledge();

feed.subscribe("public", (rows) => {
  info = rows.get("info") ?? null;
  const pinned = info && pinsOfPage(info);
  if (pinned) marks ??= new LaunchMarks(pinned);
  items = itemsOf(rows);
  scene.take(rows);
  pledge.take(rows.get("pledge"));
  portalRow = rows.get("launch") ?? null;
  drawPortal();
  draw();
});
feed.watch(drawStatus);
feed.open();
setInterval(drawTime, 1000);
view.show(carriesProgramme());
if (carriesProgramme()) new Beacons(() => view.player.report()).start();
if (page) drawHead(page);
/** @type {HTMLDetailsElement} */ (byId("programme")).open = matchMedia("(min-width: 900px) and (min-height: 700px)").matches;

/** @param {import("../elements/public_scene.js").PublicPhase} phase @param {import("../models/public_launch.js").PublicLaunch | null} launch */
function onPhase(phase, launch) {
  document.body.classList.toggle("is-launching", phase === "launching");
  document.body.classList.toggle("is-telling", phase === "telling");
  document.body.classList.toggle("has-launched", phase === "launched" || phase === "telling");
  drawHappened(phase === "launched" || phase === "telling" ? launch : null);
  drawPortal();
}

/** What stays of the launch beside the picture. Of a rehearsal nothing stays. @param {import("../models/public_launch.js").PublicLaunch | null} launch */
function drawHappened(launch) {
  const told = launch?.live === true && launch.t0 !== null;
  byId("happened").hidden = !told;
  if (!told) return;
  setText(byId("happened-title"), [launch.title, launch.subtitle].filter(Boolean).join(" "));
  setText(byId("happened-at"), t("Đã phát động lúc {time}", { time: time(/** @type {number} */ (launch.t0)) }));
}

/** @param {import("../lib/player.js").PlayerStatus} status */
function drawProgrammeState(status) {
  document.body.classList.toggle("has-picture", status.picture);
  byId("programme-view").classList.toggle("is-waiting", !status.picture);
}

/** @param {{title: string, authority: string, starts_at?: number}} head */
function drawHead(head) {
  setText(byId("title"), head.title);
  const when = head.starts_at ? `${time(head.starts_at)} ${date(head.starts_at)}` : "";
  setText(byId("subtitle"), [head.authority, when].filter(Boolean).join(" · "));
}

function draw() {
  if (info) {
    drawHead(info);
    byId("together").hidden = info.connected === 0;
    setText(byId("connected"), number(info.connected));
    byId("present-figure").hidden = info.present === 0;
    setText(byId("present"), number(info.present));
  }
  drawTime();
  drawStatus();
}

/** The portal is told at the launch as the picture shows it, and stays as a way to go. */
function drawPortal() {
  const opened = portalRow && ["fired", "verified"].includes(portalRow.state) && document.body.classList.contains("has-launched");
  const portal = opened && portalRow ? portalRow.portal : "";
  byId("portal").hidden = portal === "";
  const link = /** @type {HTMLAnchorElement} */ (byId("portal-link"));
  setText(link, portal);
  const address = portalAddress(portal);
  if (address) link.href = address;
  else link.removeAttribute("href");
}

function drawTime() {
  if (feed.status().stale) drawStatus();
  if (!info || !feed.knowsTime) return;
  const now = feed.now();
  const { current, next, nextAt } = nowAndNext(items, now);
  drawBefore(now, current);
  drawItem("now", current, t("Đang diễn ra"));
  drawItem("next", next, nextAt !== null ? t("Tiếp theo, {time}", { time: time(nextAt) }) : "");
  drawProgramme(current, now);
}

/**
 * The waiting picture's words: a countdown, then what is on while there is no video yet, then thanks.
 * @param {number} now
 * @param {Item | null} current
 */
function drawBefore(now, current) {
  const left = info.starts_at - now;
  const over = items.length > 0 && now > items[items.length - 1].ends_at && !current && !items.some((item) => item.started_at !== null && project(items, now).next);
  const words = left > 0 ? t("Buổi lễ bắt đầu sau") : over ? t("Buổi lễ đã kết thúc") : t("Đang diễn ra");
  setText(byId("before-words"), words);
  setText(byId("countdown"), left > 0 ? leftWords(left) : over ? t("Cảm ơn quý vị đã theo dõi") : (current?.title ?? ""));
  byId("countdown").classList.toggle("is-words", left <= 0 || left > DAY);
}

/** @param {number} left */
function leftWords(left) {
  if (left <= DAY) return countdown(left);
  const { days, hours } = split(left);
  return hours > 0 ? t("{days} ngày {hours} giờ", { days, hours }) : t("{days} ngày", { days });
}

/**
 * @param {"now" | "next"} name
 * @param {Item | null} item
 * @param {string} label
 */
function drawItem(name, item, label) {
  byId(name).hidden = item === null;
  if (!item) return;
  setText(byId(`${name}-label`), label);
  setText(byId(`${name}-title`), item.title);
  setText(byId(`${name}-owner`), item.owner);
}

/**
 * @param {Item | null} current
 * @param {number} now
 */
function drawProgramme(current, now) {
  byId("programme").hidden = items.length === 0;
  const list = byId("items");
  const shown = items.filter((item) => !item.skipped);
  const key = `${shown.map((item) => item.id + item.starts_at + item.title).join()} ${current?.id} ${shown.filter((item) => isPast(item, current, now)).length}`;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(
    ...shown.map((item) => {
      const line = make("li", { class: item === current ? "is-now" : isPast(item, current, now) ? "is-past" : "" }, [make("span", { text: time(item.starts_at) }), make("span", { text: item.title })]);
      if (item === current) line.setAttribute("aria-current", "true");
      return line;
    }),
  );
}

/** @param {Item} item @param {Item | null} current @param {number} now */
function isPast(item, current, now) {
  if (item.ended_at) return true;
  return current ? item.index < current.index : items.every((each) => each.started_at === null) && item.ends_at <= now;
}

function drawStatus() {
  const status = feed.status();
  document.body.classList.toggle("is-stale", status.stale || status.connection === "ended");
  drawBanners(byId("banners"), bannerLines(status, undefined));
}
