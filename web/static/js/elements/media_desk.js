// Everything of the programme's pictures on a console: the strip, and the panel behind it with sources, relays and clips.

import { itemsOf } from "../lib/ceremony.js";
import { byId } from "../lib/page.js";
import { MediaClips } from "./media_clips.js";
import { MediaRelays } from "./media_relays.js";
import { MediaSources } from "./media_sources.js";
import { MediaStrip } from "./media_strip.js";

export class MediaDesk {
  /**
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {import("./ask_dialog.js").AskDialog} ask
   */
  constructor(feed, ask) {
    this._feed = feed;
    /** @type {Map<string, any>} */
    this._rows = new Map();
    this._dialog = /** @type {HTMLDialogElement} */ (byId("media"));
    this._strip = new MediaStrip(byId("media-strip"), ask, (what) => this._open(what));
    this._sources = new MediaSources(byId("media-sources"), ask);
    this._relays = new MediaRelays(byId("media-relays"), ask, () => feed.now());
    this._clips = new MediaClips(byId("media-clips"), ask, () => feed.now());
    byId("media-close").addEventListener("click", () => this._dialog.close());
    feed.subscribe("media", (rows) => {
      this._rows = rows;
      this._draw();
    });
    feed.subscribe("ceremony", (rows) => this._relays.programme(itemsOf(rows), rows.get("info")));
    setInterval(() => this._tick(), 1000);
  }

  /** @param {string} what */
  _open(what) {
    this._dialog.showModal();
    this._draw();
    if (what === "relays") byId("media-relays").scrollIntoView();
    else this._sources.show(what);
  }

  _draw() {
    const now = this._feed.now();
    this._strip.take(this._rows, now);
    this._sources.take(this._rows, now);
    if (!this._dialog.open) return;
    this._relays.take(this._rows, now);
    this._clips.take(this._rows);
  }

  _tick() {
    const now = this._feed.now();
    if (this._rows.size === 0) return;
    this._strip.take(this._rows, now);
    this._sources.tick(now);
    if (this._dialog.open) this._relays.take(this._rows, now);
  }
}
