// The programme as one strip: every item as wide as it is long, what is on now, and the launch in its colour.

import { time } from "../lib/format.js";
import { make } from "../lib/page.js";
import { nowAndNext } from "../models/programme.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 */

/**
 * @param {HTMLElement} list
 * @param {Item[]} items
 * @param {number} now
 */
export function drawStrip(list, items, now) {
  const { current, planned } = nowAndNext(items, now);
  const key = `${items.map((item) => `${item.id} ${item.starts_at} ${item.title}`).join()} ${current?.id} ${planned}`;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map((item) => segment(item, current, now)));
  list.querySelector(".is-now")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * @param {Item} item
 * @param {Item | null} current
 * @param {number} now
 */
function segment(item, current, now) {
  const classes = [];
  if (item.kind === "launch") classes.push("is-launch");
  if (current ? item.index < current.index : item.ends_at <= now) classes.push("is-past");
  if (item === current) classes.push("is-now");
  const text = `${time(item.starts_at)} ${item.title}`;
  const element = make("li", { class: classes.join(" "), text, attributes: { title: text } });
  if (item === current) element.setAttribute("aria-current", "true");
  element.style.flexGrow = String(Math.max(1, Math.sqrt((item.ends_at - item.starts_at) / 60_000_000)));
  return element;
}
