// The newest small picture of a source: fetched when the feed tells a new one and the tile can be seen.

import { readBlob } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { pictureAge } from "../models/media.js";

export class MediaPicture {
  /** @param {string} of primary, backup, slate or output */
  constructor(of) {
    this._of = of;
    this._image = make("img", { attributes: { alt: "", decoding: "async", width: "320", height: "180" } });
    this._image.hidden = true;
    this._words = make("span", { class: "media-picture-words" });
    this.element = make("span", { class: "media-picture" }, [this._image, this._words]);
    this._wanted = 0;
    this._shown = 0;
    this._visible = false;
    this._source = "";
    this._asking = false;
    new IntersectionObserver(([entry]) => {
      this._visible = entry.isIntersecting;
      void this._load();
    }).observe(this.element);
  }

  /** @param {{thumbnail_at: number | null} | undefined} row @param {number} now µs */
  take(row, now) {
    const age = row ? pictureAge(row, now) : "none";
    this.element.dataset.age = age;
    this._wanted = row?.thumbnail_at ?? 0;
    setText(this._words, age === "none" ? t("Chưa có hình") : age === "old" ? t("Hình cũ") : "");
    if (age === "none") this._put("");
    void this._load();
  }

  async _load() {
    if (!this._visible || this._asking || this._wanted === 0 || this._wanted === this._shown || document.hidden) return;
    const wanted = this._wanted;
    this._asking = true;
    try {
      const picture = await readBlob(`/api/v1/media/thumbnails/${this._of}`);
      if (this._wanted !== 0) this._put(URL.createObjectURL(picture));
      this._shown = wanted;
    } catch {
      // The next one comes within 5 s and is asked for again; until then the age of this one is told.
    }
    this._asking = false;
  }

  /** @param {string} source */
  _put(source) {
    if (source === this._source) return;
    if (this._source) URL.revokeObjectURL(this._source);
    this._source = source;
    this._image.hidden = source === "";
    if (source) this._image.src = source;
    else {
      this._image.removeAttribute("src");
      this._shown = 0;
    }
  }
}
