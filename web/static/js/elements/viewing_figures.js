// Two figures of a console: the sites that truly see and hear the programme of those that should, and the pages of /watch that play it.
// Filled from `_viewing.html`; each shows only where there is something to count.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { audienceWords, lackingWords } from "../models/viewing.js";

/** @param {import("../lib/feed.js").FeedClient} feed */
export function showViewing(feed) {
  feed.subscribe("watch", (rows, changed) => {
    if (changed && !changed.has("playback") && !changed.has("audience")) return;
    drawSites(rows.get("playback") ?? null);
    drawAudience(rows.get("audience") ?? null);
  });
}

/** @param {import("../models/viewing.js").PlaybackRow | null} row */
function drawSites(row) {
  byId("viewing").hidden = row === null;
  if (row === null) return;
  setText(byId("viewing-count"), number(row.see_and_hear));
  setText(byId("viewing-of"), `/ ${number(row.should)}`);
  const words = lackingWords(row);
  byId("viewing").title = words;
  setText(byId("viewing-lacking"), words);
  byId("viewing").dataset.whole = String(words === "");
}

/** @param {import("../models/viewing.js").AudienceRow | null} row */
function drawAudience(row) {
  byId("audience").hidden = row === null;
  if (row === null) return;
  setText(byId("audience-count"), number(row.playing));
  const words = audienceWords(row);
  byId("audience").title = words;
  setText(byId("audience-more"), row.waiting + row.stalled > 0 ? t("người xem, {count} bị đứng", { count: number(row.waiting + row.stalled) }) : t("người xem trên mạng"));
}
