// The lines the desk has just entered: each confirms itself where it stands.

import { clock, number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

/**
 * @typedef {import("../models/entry_log.js").Entry} Entry
 */

const SIGNS = { sending: "…", accepted: "✓", refused: "✕", unsent: "!" };
const SHOWN = 60;

/**
 * @param {HTMLElement} list
 * @param {Entry[]} entries newest first
 * @param {{again: (entry: Entry) => void, correct: (entry: Entry) => void}} doors
 */
export function drawEntries(list, entries, doors) {
  const old = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const children = entries.slice(0, SHOWN).map((entry) => {
    const key = `${entry.id} ${entry.state} ${entry.undone}`;
    const before = old.get(key);
    if (before) return before;
    const made = element(entry, doors);
    made.dataset.key = key;
    return made;
  });
  list.replaceChildren(...children);
}

/**
 * @param {Entry} entry
 * @param {{again: (entry: Entry) => void, correct: (entry: Entry) => void}} doors
 */
function element(entry, doors) {
  const children = [
    make("span", { class: "desk-log-sign", text: SIGNS[entry.state], attributes: { "aria-hidden": "true" } }),
    make("div", {}, [make("p", {}, [make("strong", { text: entry.name })]), make("p", { class: "small quiet", text: [entry.group, words(entry)].join(" · ") })]),
    make("span", { class: "desk-log-time small quiet", text: clock(entry.at) }),
    make("span", { class: "desk-log-count", text: number(entry.count) }),
  ];
  if (entry.state === "unsent") children.push(button(t("Gửi lại"), () => doors.again(entry)));
  else if (entry.state !== "sending") children.push(button(t("Sửa"), () => doors.correct(entry)));
  return make("li", { class: `is-${entry.state}` }, children);
}

/** @param {Entry} entry */
function words(entry) {
  if (entry.state === "sending") return t("đang gửi");
  if (entry.state === "refused") return entry.problem;
  if (entry.state === "unsent") return t("chưa gửi được, chưa có gì thay đổi");
  if (entry.undone) return t("đã sửa lại sau đó");
  return entry.before === null ? t("trung tâm đã nhận") : t("đã nhận, trước là {before}: {reason}", { before: number(entry.before), reason: entry.reason });
}

/**
 * @param {string} text
 * @param {() => void} work
 */
function button(text, work) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", work);
  return made;
}
