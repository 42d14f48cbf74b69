// What an office may change of one site, from its panel: who leads others, where its chair sits, whether it is in the ceremony.

import { command } from "../lib/api.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {import("./ask_dialog.js").AskDialog} AskDialog
 */

/** The site whose part is open. */
let openFor = "";

/**
 * @param {SiteRow} site
 * @param {{ask: AskDialog, sites: () => Iterable<SiteRow>, own: {others?: [string, string][]} | undefined, done: () => void}} more
 *   `own`: its OwnSiteRow; `done`: called after what closes the panel
 * @returns {HTMLElement}
 */
export function siteOffice(site, more) {
  const leads = more.own?.others?.length ?? 0;
  const words = leads > 0 ? t("Đang phụ trách {count} điểm cầu khác", { count: number(leads) }) : t("Giao phụ trách cụm");
  const details = make("details", { class: "panel-office" }, [
    make("summary", { text: t("Thay đổi điểm cầu") }),
    make("div", { class: "button-row" }, [
      button(words, () => askLead(site, more)),
      button(site.chair_at ? t("Chủ trì về dự tại đây") : t("Chủ trì dự nơi khác"), () => askChair(site, more)),
      ...(site.parent === null ? [] : [button(t("Rút khỏi danh sách"), () => askRetire(site, more))]),
    ]),
  ]);
  // The panel is drawn anew whenever the site changes: what was open stays open.
  details.open = openFor === site.code;
  details.addEventListener("toggle", () => {
    openFor = details.open ? site.code : "";
  });
  return details;
}

/** @param {SiteRow} site @param {{ask: AskDialog, sites: () => Iterable<SiteRow>}} more */
function askLead(site, { ask, sites }) {
  const all = [...sites()];
  const group = all.filter((each) => each.group === site.group && each.code !== site.code);
  const under = all.filter((each) => each.parent === site.code);
  /** @type {[string, string][]} */
  const choices = [];
  if (group.length > 0) choices.push(["group", t("Cả cụm {group}: {count} điểm cầu", { group: site.group, count: number(group.length) })]);
  if (under.length > 0) choices.push(["under", t("Các điểm cầu cấp dưới: {count}", { count: number(under.length) })]);
  choices.push(["none", t("Chỉ điểm cầu của mình")]);
  ask.open({
    title: t("{name} được báo thay cho những nơi nào?", { name: site.name }),
    words: t("Đầu mối của {name} mở thêm được các điểm cầu này và báo thay; số báo thay được ghi rõ tên.", { name: site.name }),
    yes: t("Giao"),
    fields: [{ name: "which", label: t("Phạm vi"), choices, value: choices[0][0] }],
    work: ({ which }) => {
      const others = { group, under, none: [] }[which] ?? [];
      return command({ kind: "grant_sites", site: site.code, others: others.map((each) => each.code) });
    },
  });
}

/** @param {SiteRow} site @param {{ask: AskDialog, sites: () => Iterable<SiteRow>}} more */
function askChair(site, { ask, sites }) {
  if (site.chair_at) {
    ask.open({
      title: t("Chủ trì của {name} dự tại đây?", { name: site.name }),
      words: t("Chủ trì lại được tính tại điểm cầu này."),
      yes: t("Dự tại {name}", { name: site.name }),
      work: () => command({ kind: "seat_chair", site: site.code, elsewhere: null }),
    });
    return;
  }
  // Those who are invited elsewhere are invited upwards: the main hall first, then the site's own superiors.
  const byCode = new Map([...sites()].map((each) => [each.code, each]));
  const root = [...byCode.values()].find((each) => each.parent === null);
  const above = [];
  for (let code = site.parent; code !== null && code !== undefined; code = byCode.get(code)?.parent ?? null) above.push(byCode.get(code));
  const places = [...new Set([root, ...above])].filter((each) => each && each.code !== site.code);
  if (places.length === 0) return;
  ask.open({
    title: t("{chair} dự tại đâu?", { chair: site.chair || t("Chủ trì của {name}", { name: site.name }) }),
    words: t("Mỗi người chỉ tính tại một điểm cầu: chủ trì dự nơi khác không tính tại {name}. Điểm cầu sẽ được hỏi ai chủ trì thay.", { name: site.name }),
    yes: t("Ghi nhận"),
    fields: [{ name: "place", label: t("Nơi dự"), choices: places.map((each) => /** @type {[string, string]} */ ([each?.code ?? "", each?.name ?? ""])) }],
    work: ({ place }) => command({ kind: "seat_chair", site: site.code, elsewhere: place }),
  });
}

/** @param {SiteRow} site @param {{ask: AskDialog, done: () => void}} more */
function askRetire(site, { ask, done }) {
  const said = site.present !== null && site.present !== undefined ? t("Số đã báo ({count}) được lưu lại nhưng không tính vào tổng.", { count: number(site.present) }) : "";
  ask.open({
    title: t("Rút {name} khỏi danh sách?", { name: site.name }),
    words: [said, t("Máy của điểm cầu bị ngắt. Có thể đưa lại bất cứ lúc nào, với mọi số đã báo.")].filter(Boolean).join(" "),
    yes: t("Rút khỏi danh sách"),
    danger: true,
    fields: [{ name: "reason", label: t("Lý do"), required: true }],
    work: async ({ reason }) => {
      await command({ kind: "retire_site", site: site.code, reason });
      done();
    },
  });
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
