// Who has not reported, by group. A group's sites come into the document when it is opened.

import { number, telephone } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { markIcon } from "./marks.js";

/**
 * @typedef {import("../models/missing.js").GroupSum} GroupSum
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 */

/** Up to so many missing sites all groups stand open: few enough to read at once. */
const OPEN_AT_MOST = 40;

/**
 * @param {HTMLElement} area
 * @param {GroupSum[]} groups
 * @param {(code: string) => void} choose
 */
export function drawMissing(area, groups, choose) {
  const waiting = groups.filter((group) => group.missing.length > 0);
  const total = waiting.reduce((sum, group) => sum + group.missing.length, 0);
  if (total === 0) {
    area.replaceChildren(make("p", { class: "empty", text: t("Mọi điểm cầu đã báo.") }));
    return;
  }
  const open = total <= OPEN_AT_MOST || waiting.length === 1;
  const old = new Map([...area.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const children = waiting.map((group) => {
    const before = /** @type {HTMLDetailsElement | undefined} */ (old.get(group.name));
    const signature = group.missing.map((site) => `${site.code}${site.grade}`).join();
    if (before?.dataset.signature === signature) return before;
    const made = groupElement(group, choose, before?.open ?? open);
    made.dataset.key = group.name;
    made.dataset.signature = signature;
    return made;
  });
  area.replaceChildren(...children);
}

/**
 * @param {GroupSum} group
 * @param {(code: string) => void} choose
 * @param {boolean} open
 */
function groupElement(group, choose, open) {
  const summary = make("summary", {}, [make("span", { text: group.name }), make("span", { class: "quiet number", text: number(group.missing.length) })]);
  const details = make("details", {}, [summary]);
  const fill = () => {
    if (details.open && details.children.length === 1) details.append(make("ul", { class: "desk-missing-sites" }, group.missing.map((site) => siteElement(site, choose))));
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  fill();
  return details;
}

/**
 * @param {SiteRow} site
 * @param {(code: string) => void} choose
 */
function siteElement(site, choose) {
  const button = make("button", { class: "desk-missing-site", attributes: { type: "button" } }, [
    markIcon(site.grade),
    make("span", { class: "grow ellipsis", text: site.name }),
    make("span", { class: "quiet", text: site.code }),
  ]);
  button.addEventListener("click", () => choose(site.code));
  const href = telephone(site.contact_phone ?? "");
  const call = href ? [make("a", { text: t("Gọi"), attributes: { href, "aria-label": t("Gọi đầu mối {name}", { name: site.name }) } })] : [];
  return make("li", {}, [button, ...call]);
}
