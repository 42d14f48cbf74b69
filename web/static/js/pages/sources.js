// /sources: keys and addresses of the programme's sources, step by step for OBS and vMix, and each source as it arrives.

import { AskDialog } from "../elements/ask_dialog.js";
import { bannerLines, drawBanners } from "../elements/banners.js";
import { askKind, askRotate } from "../elements/media_acts.js";
import { MediaCapacity } from "../elements/media_capacity.js";
import { MediaClips } from "../elements/media_clips.js";
import { SourceKeys } from "../elements/media_keys.js";
import { MediaRelays } from "../elements/media_relays.js";
import { MediaSources } from "../elements/media_sources.js";
import { Problem, read } from "../lib/api.js";
import { itemsOf } from "../lib/ceremony.js";
import { FeedClient } from "../lib/feed.js";
import { t } from "../lib/i18n.js";
import { stillValid } from "../lib/link.js";
import { byId, make, session, setText } from "../lib/page.js";
import { moreWords, sourceName, sourceTone, stateWords, workerWords } from "../models/media.js";

const feed = new FeedClient({ as: session.as, mayReturn: stillValid });
const ask = new AskDialog();
const sources = new MediaSources(byId("media-sources"), ask);
const relays = new MediaRelays(byId("media-relays"), ask, () => feed.now());
const clips = new MediaClips(byId("media-clips"), ask, () => feed.now());
const line = new MediaCapacity(byId("media-capacity"));
let lineWanted = "";
/** @type {Map<string, any>} */
let rows = new Map();
/** @type {any} */
let info = null;
/** @type {import("../models/media_guides.js").Keys[]} */
let keys = [];
let keysWanted = "";
let keysProblem = "";

const parts = ["primary", "backup"].map((name) => {
  const state = make("p", { class: "media-state", attributes: { role: "status" } });
  const more = make("p", { class: "small quiet" });
  const part = new SourceKeys({
    rotate: () => askRotate(ask, name, () => void loadKeys()),
    kind: () => rows.has(`source:${name}`) && askKind(ask, rows.get(`source:${name}`), () => void loadKeys()),
  });
  const head = make("div", { class: "key-head" }, [make("h2", { text: sourceName(name) }), make("div", {}, [state, more])]);
  const element = make("section", { class: "card key-card", attributes: { "data-source": name, "aria-label": sourceName(name) } }, [head, part.element]);
  byId("keys").append(element);
  return { name, state, more, part, element };
});

feed.subscribe("media", (told) => {
  rows = told;
  draw();
});
feed.subscribe("ceremony", (told) => {
  info = told.get("info") ?? info;
  relays.programme(itemsOf(told), info);
  setText(byId("subtitle"), info?.title ?? "");
  drawStatus();
});
feed.watch(drawStatus);
feed.open();
setInterval(tick, 1000);
draw();

function draw() {
  const now = feed.now();
  sources.take(rows, now);
  relays.take(rows, now);
  clips.take(rows);
  const output = rows.get("output");
  const wanted = { width: output?.width ?? 1280, height: output?.height ?? 720, kbps: output?.kbps ?? 3000 };
  for (const { name, state, more, part, element } of parts) {
    const row = rows.get(`source:${name}`);
    element.dataset.tone = row ? sourceTone(row) : "rest";
    setText(state, row ? stateWords(row) : t("Đang tải…"));
    setText(more, row ? [moreWords(row), row.faults[0]?.words].filter(Boolean).join(" · ") : "");
    part.take(keys.find((each) => each.source === name) ?? null, wanted);
  }
  setText(byId("away"), keysProblem || workerWords(rows.get("worker")));
  byId("away").hidden = byId("away").textContent === "";
  refreshKeys();
  refreshLine();
  drawStatus();
}

/** Reckoned with the profile and the relays: anew where one of them is another. */
function refreshLine() {
  const output = rows.get("output");
  if (!output) return;
  const key = JSON.stringify([output.height, output.kbps, [...rows.keys()].filter((name) => name.startsWith("relay:")).length]);
  if (key === lineWanted) return;
  lineWanted = key;
  void line.refresh();
}

/** Ports, kinds and generations are told by the feed: where one of them changed, the addresses did. */
function refreshKeys() {
  const about = parts.map(({ name }) => {
    const row = rows.get(`source:${name}`);
    return row && [row.kind, row.generation, row.port];
  });
  const key = JSON.stringify(about);
  if (rows.size === 0 || key === keysWanted) return;
  keysWanted = key;
  void loadKeys();
}

async function loadKeys() {
  try {
    keys = (await read("/api/v1/media/keys")).sources;
    keysProblem = "";
  } catch (error) {
    keysProblem = error instanceof Problem ? `${error.message} (${error.code})` : String(error);
    keysWanted = "";
  }
  draw();
}

function tick() {
  sources.tick(feed.now());
  relays.take(rows, feed.now());
  drawStatus();
}

function drawStatus() {
  drawBanners(byId("banners"), bannerLines(feed.status(), info ?? undefined));
  document.body.classList.toggle("is-stale", feed.status().stale);
}
