// /rooms: the technical team's mosaic of rooms, by group. A picture is fetched only while its tile can be seen.

import { AskDialog } from "../elements/ask_dialog.js";
import { bannerLines, drawBanners } from "../elements/banners.js";
import { RoomTile } from "../elements/room_tile.js";
import { command, post, readBlob, remove } from "../lib/api.js";
import { FeedClient } from "../lib/feed.js";
import { clock, number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { stillValid } from "../lib/link.js";
import { byId, make, session, setText } from "../lib/page.js";
import { byGroup, keptOf, roomsOf } from "../models/room_tiles.js";

const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
const ask = new AskDialog();
const maySwitch = ["tech", "admin"].includes(session.role);
const mayChoose = ["caller", "admin"].includes(session.role);
/** @type {Map<string, RoomTile>} */
const tiles = new Map();
/** @type {any} */
let info = null;
/** @type {{allowed: boolean, sharing: number, chosen: string | null} | null} */
let rooms = null;
/** @type {Map<string, any>} */
let rows = new Map();
let open = "";
/** Groups and rooms as the page has them: it is made anew only when one comes or goes. */
let drawn = "";

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) tiles.get(/** @type {HTMLElement} */ (entry.target).dataset.code ?? "")?.visible(entry.isIntersecting);
  },
  { rootMargin: "200px" },
);

feed.subscribe("ceremony", (told) => {
  info = told.get("info") ?? info;
  rooms = told.get("rooms") ?? rooms;
  draw();
});
feed.subscribe("rooms", (told) => {
  rows = told;
  draw();
});
feed.watch(drawStatus);
feed.open();
setInterval(tick, 1000);
byId("allow").addEventListener("click", askAllow);
byId("large-close").addEventListener("click", () => large().close());
byId("large-keep").addEventListener("click", askKeep);
byId("large-show").addEventListener("click", () => void choose());
byId("large-off").addEventListener("click", askOff);
byId("unchoose").addEventListener("click", () => void command({ kind: "choose_room", site: null }).catch(say));

function draw() {
  setText(byId("subtitle"), info?.title ?? "");
  drawHead();
  drawMosaic();
  drawKept();
  drawLarge();
  drawStatus();
}

function drawHead() {
  const allow = byId("allow");
  allow.hidden = !maySwitch || rooms === null;
  setText(allow, rooms?.allowed ? t("Ngừng nhận ảnh của mọi phòng") : t("Cho các điểm cầu gửi ảnh"));
  allow.classList.toggle("is-main", rooms !== null && !rooms.allowed);
  setText(byId("sum"), rooms === null ? "" : rooms.allowed ? t("{count} phòng đang gửi ảnh", { count: number(rooms.sharing) }) : t("Đang tắt với mọi điểm cầu"));
  const chosen = rooms?.chosen ? rows.get(rooms.chosen) : null;
  byId("chosen").hidden = !rooms?.chosen;
  setText(byId("chosen-name"), chosen ? t("Đang trên màn hình sân khấu: {name}", { name: chosen.name }) : "");
  byId("unchoose").hidden = !mayChoose;
  byId("empty").hidden = rooms === null || roomsOf(rows).length > 0;
  setText(byId("empty-words"), rooms?.allowed ? t("Chưa điểm cầu nào bật gửi ảnh. Đầu mối treo thông báo trong phòng rồi bật ở trang điểm cầu.") : t("Ảnh phòng họp đang tắt. Khi mở, từng đầu mối tự bật tại điểm cầu của mình."));
}

function drawMosaic() {
  const groups = byGroup(roomsOf(rows));
  const present = new Set(groups.flatMap((group) => group.rooms.map((room) => room.code)));
  for (const [code, tile] of tiles) {
    if (present.has(code)) continue;
    seen.unobserve(tile.element);
    tile.end();
    tiles.delete(code);
  }
  const order = groups.map((group) => `${group.name}\n${group.rooms.map((room) => room.code).join("\n")}`).join("\n\n");
  if (order === drawn) {
    for (const group of groups) {
      for (const room of group.rooms) tileOf(room);
      setText(byId(`group-${groups.indexOf(group)}`), ` ${group.withPicture}/${group.rooms.length}`);
    }
    return;
  }
  drawn = order;
  byId("mosaic").replaceChildren(
    ...groups.map((group, index) =>
      make("section", { class: "rooms-group", attributes: { "aria-label": group.name } }, [
        make("h2", { class: "rooms-group-name" }, [group.name, make("span", { class: "quiet small number", attributes: { id: `group-${index}` }, text: ` ${group.withPicture}/${group.rooms.length}` })]),
        make("ul", { class: "rooms-tiles" }, group.rooms.map((room) => tileOf(room).element)),
      ]),
    ),
  );
}

/** @param {import("../models/room_tiles.js").Room} room */
function tileOf(room) {
  let tile = tiles.get(room.code);
  if (!tile) {
    tile = new RoomTile(room.code, picture, show);
    tiles.set(room.code, tile);
    seen.observe(tile.element);
  }
  tile.take(room, rooms?.chosen === room.code, feed.now());
  return tile;
}

/** @param {string} code @returns {Promise<Blob>} */
function picture(code) {
  return readBlob(`/api/v1/rooms/${encodeURIComponent(code)}/picture`);
}

/** @returns {HTMLDialogElement} */
function large() {
  return /** @type {HTMLDialogElement} */ (byId("large"));
}

/** @param {string} code */
function show(code) {
  open = code;
  setText(byId("large-error"), "");
  drawLarge();
  large().showModal();
}

function drawLarge() {
  const room = open ? rows.get(open) : null;
  if (!room) {
    if (large().open) large().close();
    return;
  }
  setText(byId("large-name"), room.name);
  setText(byId("large-time"), room.taken_at === null ? t("Chưa có ảnh") : t("Ảnh lúc {time}", { time: clock(room.taken_at) }));
  const image = /** @type {HTMLImageElement} */ (byId("large-image"));
  image.src = tiles.get(open)?.source ?? "";
  image.hidden = !image.getAttribute("src");
  image.alt = t("Phòng họp {name}", { name: room.name });
  byId("large-keep").hidden = room.sha256 === null;
  byId("large-off").hidden = !maySwitch;
  byId("large-show").hidden = !mayChoose;
  setText(byId("large-show"), rooms?.chosen === open ? t("Thôi đưa lên sân khấu") : t("Đưa phòng này lên màn hình sân khấu"));
}

function drawKept() {
  const kept = keptOf(rows);
  byId("kept-part").hidden = kept.length === 0;
  byId("kept").replaceChildren(
    ...kept.map((each) =>
      make("li", { class: "rooms-kept" }, [
        make("span", { class: "grow" }, [make("strong", { text: each.name }), make("span", { class: "quiet small", text: ` ${time(each.taken_at)} · ${each.reason}` })]),
        button(t("Tải về"), () => void download(each)),
        button(t("Xóa"), () => askDrop(each)),
      ]),
    ),
  );
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}

function askAllow() {
  const on = !rooms?.allowed;
  ask.open({
    title: on ? t("Cho các điểm cầu gửi ảnh phòng họp?") : t("Ngừng nhận ảnh của mọi phòng?"),
    words: on
      ? t("Chưa có ảnh nào được gửi ngay. Mỗi đầu mối treo thông báo trong phòng rồi tự bật. Ảnh chỉ nằm trong bộ nhớ, không lưu lại trừ khi có người bấm giữ.")
      : t("Mọi ảnh đang có bị xóa khỏi bộ nhớ. Muốn gửi lại, từng điểm cầu phải tự bật."),
    yes: on ? t("Cho gửi ảnh") : t("Ngừng nhận ảnh"),
    danger: !on,
    work: () => command({ kind: "allow_room_pictures", allowed: on }),
  });
}

function askKeep() {
  const room = rows.get(open);
  if (!room) return;
  ask.open({
    title: t("Giữ lại ảnh của {name}?", { name: room.name }),
    words: t("Ảnh được ghi vào máy chủ đến khi có người xóa. Lý do được ghi cùng."),
    yes: t("Giữ ảnh"),
    fields: [{ name: "reason", label: t("Lý do"), required: true }],
    work: ({ reason }) => answered(post(`/api/v1/rooms/${encodeURIComponent(room.code)}/kept`, { sha256: room.sha256, reason })),
  });
}

/** @param {import("../models/room_tiles.js").Kept} kept */
function askDrop(kept) {
  ask.open({
    title: t("Xóa ảnh đã giữ của {name}?", { name: kept.name }),
    words: t("Tệp ảnh bị xóa khỏi máy chủ và không lấy lại được."),
    yes: t("Xóa ảnh"),
    danger: true,
    work: () => answered(remove(`/api/v1/rooms/kept/${kept.sha256}`)),
  });
}

function askOff() {
  const room = rows.get(open);
  if (!room) return;
  ask.open({
    title: t("Tắt ảnh của {name}?", { name: room.name }),
    words: t("Chỉ đầu mối của điểm cầu bật lại được."),
    yes: t("Tắt ảnh phòng này"),
    danger: true,
    work: () => command({ kind: "share_room", site: room.code, on: false }),
  });
}

/** A refusal of the rules is a failure here. @param {Promise<import("../lib/api.js").Answer>} asked */
async function answered(asked) {
  const answer = await asked;
  if (answer.outcome === "refused") throw new Error(answer.problem?.detail ?? "");
}

async function choose() {
  await command({ kind: "choose_room", site: rooms?.chosen === open ? null : open }).catch(say);
}

/** @param {Error} error */
function say(error) {
  setText(byId("large-error"), error.message);
}

/** @param {import("../models/room_tiles.js").Kept} kept */
async function download(kept) {
  const url = URL.createObjectURL(await readBlob(`/api/v1/rooms/kept/${kept.sha256}`));
  const link = make("a", { attributes: { href: url, download: `${kept.site}-${kept.sha256.slice(0, 8)}.jpg` } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function tick() {
  const now = feed.now();
  for (const tile of tiles.values()) tile.age(now);
  drawStatus();
}

function drawStatus() {
  drawBanners(byId("banners"), bannerLines(feed.status(), info ?? undefined));
  document.body.classList.toggle("is-stale", feed.status().stale);
}
