// What needs a person, as cards: what, why, and whom to call. A card is replaced only when its words change, so that the
// button under a finger stays where it is.

import { number, telephone, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { make, session, setText } from "../lib/page.js";
import { closingSentence } from "../models/closing.js";
import { abbreviated } from "../models/unit_names.js";
import { notedOf, watchCard } from "./watch_cards.js";
import { gradeName, gradeWords, isConnected } from "../models/grades.js";

/**
 * @typedef {import("../models/attention.js").Matter} Matter
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{open: (code: string) => void, filter: (filter: import("../models/wall_sites.js").Filter) => void,
 *   seek: (words: string) => void, watch: import("./watch_cards.js").WatchDoors}} Doors
 * @typedef {{words: string, href?: string, press?: () => void}} Act
 * @typedef {{key: string, title: string, why: string, bad: boolean, loud?: boolean, open: (() => void) | null,
 *   acts: Act[]}} Card `loud`: of the colour of what is lost
 */

/**
 * @param {HTMLElement} area
 * @param {Matter[]} matters
 * @param {Doors} doors
 * @param {string} [calm] what to say when there are none
 */
export function drawMatters(area, matters, doors, calm) {
  const old = new Map([...area.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const children = matters.map((matter) => {
    const card = cardOf(matter, doors);
    const signature = JSON.stringify([card.why === "", card.bad, card.loud, card.open !== null, card.acts]);
    const before = /** @type {HTMLElement | undefined} */ (old.get(card.key));
    if (before?.dataset.signature === signature) return reworded(before, card);
    const made = element(card);
    made.dataset.key = card.key;
    made.dataset.signature = signature;
    return made;
  });
  if (children.length === 0 && calm) children.push(calmElement(area, calm));
  arrange(area, children);
}

/**
 * Other words in the same card: a count that goes down must not make its buttons anew under a finger.
 * @param {HTMLElement} element
 * @param {Card} card
 */
function reworded(element, card) {
  setText(/** @type {Element} */ (element.querySelector("h3 button") ?? element.querySelector("h3")), card.title);
  if (card.why) setText(/** @type {Element} */ (element.querySelector("p")), card.why);
  return element;
}

/**
 * Bring the children into order touching only what is out of place: the others are not laid out again.
 * @param {HTMLElement} area
 * @param {Element[]} children
 */
function arrange(area, children) {
  const wanted = new Set(children);
  for (const child of [...area.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (area.children[index] !== child) area.insertBefore(child, area.children[index] ?? null);
  });
}

/**
 * @param {HTMLElement} area
 * @param {string} words
 */
function calmElement(area, words) {
  const before = /** @type {HTMLElement | null} */ (area.firstElementChild);
  return before?.textContent === words ? before : make("p", { class: "matters-calm", text: words });
}

/**
 * @param {Matter} matter
 * @param {Doors} doors
 * @returns {Card}
 */
function cardOf(matter, doors) {
  switch (matter.kind) {
    case "site":
      return siteCard(matter.key, matter.site, doors);
    case "incident":
    case "maintenance":
    case "alerts":
      return watchCard(matter, doors.watch);
    case "group":
      return groupCard(matter, doors);
    case "rest":
      return restCard(matter, doors);
    case "unsettled":
      return unsettledCard(matter, doors);
    case "never":
      return {
        key: matter.key,
        title: tn("{count} điểm cầu chưa kết nối lần nào", matter.count, { count: number(matter.count) }),
        why: `${closingSentence(matter.closing)} ${t("Gọi từng nơi để biết máy và đường truyền.")}`,
        bad: false,
        open: null,
        acts: [{ words: t("Xem các điểm cầu này"), press: () => doors.filter("never_seen") }],
      };
    case "unreported":
      return {
        key: matter.key,
        title: tn("{group}: {count} nơi chưa báo", matter.count, { group: matter.group.name, count: number(matter.count) }),
        why: matter.lead ? leadWords(matter.lead) : "",
        bad: false,
        open: null,
        acts: [
          { words: t("Nhập thay"), href: `/desk?as=${session.as}&group=${encodeURIComponent(matter.group.name)}` },
          ...callAct(matter.lead, t("Gọi đầu mối cụm")),
        ],
      };
  }
}

/**
 * @param {string} key
 * @param {SiteRow} site
 * @param {Doors} doors
 * @returns {Card}
 */
function siteCard(key, site, doors) {
  const noted = notedOf(site, doors.watch);
  return {
    key,
    title: site.group === site.name ? site.name : `${site.name} (${abbreviated(site.group)})`,
    why: [`${gradeWords(site)}.`, site.grade_since ? t("Từ {time}.", { time: time(site.grade_since) }) : "", site.carrier ? t("Nhà mạng {carrier}.", { carrier: site.carrier }) : ""]
      .concat(noted.why)
      .filter(Boolean)
      .join(" "),
    bad: !noted.taken,
    open: () => doors.open(site.code),
    acts: [...callAct(site, t("Gọi đầu mối")), ...noted.acts, { words: t("Chi tiết"), press: () => doors.open(site.code) }],
  };
}

/**
 * @param {Extract<Matter, {kind: "group"}>} matter
 * @param {Doors} doors
 * @returns {Card}
 */
function groupCard({ key, group, lost, carrier, lead, since }, doors) {
  const why = [
    since ? t("Cùng lúc {time}.", { time: time(since) }) : "",
    carrier ? t("Cùng nhà mạng {carrier}.", { carrier }) : "",
    lead && isConnected(lead.grade) ? t("{lead} còn kết nối.", { lead: lead.name }) : "",
  ];
  return {
    key,
    title: tn("{group}: {count} điểm cầu mất kết nối", lost, { group: group.name, count: number(lost) }),
    why: why.filter(Boolean).join(" ") || t("Còn {connected} trên {all} điểm cầu kết nối.", { connected: group.connected, all: group.count }),
    bad: true,
    open: () => doors.seek(group.name),
    acts: [...callAct(lead, t("Gọi đầu mối cụm")), { words: t("Xem cụm"), press: () => doors.seek(group.name) }],
  };
}

/**
 * @param {Extract<Matter, {kind: "rest"}>} matter
 * @param {Doors} doors
 * @returns {Card}
 */
function restCard({ key, sites }, doors) {
  const slow = sites.filter((site) => site.grade === "stale").length;
  const first = sites.slice(0, 3).map((site) => site.name);
  const acts = [];
  if (slow > 0) acts.push({ words: t("Xem nơi chậm"), press: () => doors.filter("stale") });
  if (sites.length > slow) acts.push({ words: t("Xem nơi yếu"), press: () => doors.filter("degraded") });
  return {
    key,
    title: tn("{count} điểm cầu yếu hoặc chậm phản hồi", sites.length, { count: number(sites.length) }),
    why: sites.length > first.length ? t("{names} và {more} nơi khác.", { names: first.join(", "), more: sites.length - first.length }) : first.join(", "),
    bad: true,
    open: null,
    acts,
  };
}

/**
 * @param {Extract<Matter, {kind: "unsettled"}>} matter
 * @param {Doors} doors
 * @returns {Card}
 */
function unsettledCard({ key, sites }, doors) {
  const first = sites.slice(0, 3).map((site) => site.name);
  const [only] = sites;
  const open = sites.length === 1 ? () => doors.open(only.code) : () => doors.filter("unsettled");
  return {
    key,
    title: sites.length === 1 ? t("{name}: hai số chưa thống nhất", { name: only.name }) : tn("{count} điểm cầu có hai số chưa thống nhất", sites.length, { count: number(sites.length) }),
    why: sites.length > first.length ? t("{names} và {more} nơi khác.", { names: first.join(", "), more: sites.length - first.length }) : sites.length === 1 ? t("Chọn số được tính.") : first.join(", "),
    bad: false,
    open,
    acts: [{ words: sites.length === 1 ? t("Xem và chọn") : t("Xem các điểm cầu này"), press: open }],
  };
}

/** @param {SiteRow} lead */
function leadWords(lead) {
  return isConnected(lead.grade) ? t("{lead} đang kết nối.", { lead: lead.name }) : t("{lead} {grade}.", { lead: lead.name, grade: gradeName(lead.grade).toLocaleLowerCase("vi") });
}

/**
 * @param {SiteRow | undefined} site
 * @param {string} words
 * @returns {Act[]}
 */
function callAct(site, words) {
  const href = telephone(site?.contact_phone ?? "");
  return href ? [{ words, href }] : [];
}

/** @param {Card} card */
function element(card) {
  const title = card.open ? make("button", { text: card.title, attributes: { type: "button" } }) : document.createTextNode(card.title);
  if (title instanceof HTMLElement) title.addEventListener("click", () => card.open?.());
  const children = [make("h3", {}, [title])];
  if (card.why) children.push(make("p", { text: card.why }));
  if (card.acts.length > 0) children.push(make("div", { class: "button-row" }, card.acts.map(actElement)));
  return make("article", { class: `matter${card.bad ? " is-bad" : ""}${card.loud ? " is-loud" : ""}` }, children);
}

/** @param {Act} act */
function actElement({ words, href, press }) {
  if (href) return make("a", { class: "button is-small", text: words, attributes: { href } });
  const button = make("button", { class: "button is-small", text: words, attributes: { type: "button" } });
  button.addEventListener("click", () => press?.());
  return button;
}
