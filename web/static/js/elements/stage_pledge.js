// The pledge on the stage while it is open: its words and the numbers running up, over the quiet scene only.

import { number } from "../lib/format.js";
import { tn } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

/**
 * @param {{text: string, open: boolean, sites: number, people: number} | undefined} row `pledge` of the public feed
 * @param {boolean} allowed false while a launch gathers or stands
 */
export function drawStagePledge(row, allowed) {
  byId("pledge").hidden = !row?.open || !allowed;
  if (!row) return;
  setText(byId("pledge-text"), row.text);
  byId("pledge-sites").hidden = row.sites === 0;
  setText(byId("pledge-sites"), tn("{count} điểm cầu", row.sites, { count: number(row.sites) }));
  byId("pledge-people").hidden = row.people === 0;
  setText(byId("pledge-people"), tn("{count} người xem", row.people, { count: number(row.people) }));
}
