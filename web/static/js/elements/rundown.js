// The programme as the show caller runs it: planned and actual times, and which item is on air.

import { clock, countdown, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { nowAndNext, remaining } from "../models/programme.js";

/** @typedef {import("../models/programme.js").Item} Item */

/**
 * @param {HTMLElement} list an `<ol>`
 * @param {Item[]} items
 * @param {number} now
 * @param {boolean} mayStart
 * @param {(item: Item) => void} start
 */
export function drawRundown(list, items, now, mayStart, start) {
  const { current, planned } = nowAndNext(items, now);
  const at = current && !planned ? current.index : -1;
  list.replaceChildren(
    ...items.map((item) => {
      const onAir = item.index === at;
      const row = make("li", { class: classesOf(item, at) }, [timeOf(item), titleOf(item)]);
      if (onAir) {
        row.setAttribute("aria-current", "true");
        row.append(make("span", { class: "number", text: leftOf(item, now) }));
      } else if (mayStart) {
        const button = make("button", { class: "button is-small is-plain", text: t("Lên sóng"), attributes: { type: "button" } });
        button.setAttribute("aria-label", t("Lên sóng: {title}", { title: item.title }));
        button.addEventListener("click", () => start(item));
        row.append(button);
      }
      return row;
    }),
  );
}

/** @param {Item} item @param {number} at */
function classesOf(item, at) {
  const names = [];
  if (item.index === at) names.push("is-current");
  if (item.index < at) names.push("is-past");
  if (item.kind === "launch") names.push("is-launch");
  return names.join(" ");
}

/** @param {Item} item */
function timeOf(item) {
  const element = make("span", { class: "rundown-time", text: `${time(item.starts_at)} – ${time(item.ends_at)}` });
  if (item.started_at) element.append(make("small", { text: t("lên sóng {time}", { time: clock(item.started_at) }) }));
  return element;
}

/** @param {Item} item */
function titleOf(item) {
  return make("span", { class: "rundown-title" }, [item.title, make("small", { text: item.owner })]);
}

/** @param {Item} item @param {number} now */
function leftOf(item, now) {
  const left = remaining(item, now);
  return left >= 0 ? t("còn {left}", { left: countdown(left) }) : t("quá {over}", { over: countdown(-left) });
}
