// One room of the mosaic: its picture while it can be seen, its name, and how old the picture is.

import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { freshness } from "../models/room_tiles.js";

/** @typedef {import("../models/room_tiles.js").Room} Room */

export class RoomTile {
  /**
   * @param {string} code
   * @param {(code: string) => Promise<Blob>} fetchPicture
   * @param {(code: string) => void} open
   */
  constructor(code, fetchPicture, open) {
    this._fetch = fetchPicture;
    this._image = make("img", { attributes: { alt: "", decoding: "async" } });
    this._image.hidden = true;
    this._name = make("span", { class: "rooms-name ellipsis" });
    this._age = make("span", { class: "rooms-age number" });
    this._button = make("button", { class: "rooms-open", attributes: { type: "button" } }, [this._image, this._name, this._age]);
    this._button.addEventListener("click", () => open(code));
    this.element = make("li", { class: "rooms-tile", attributes: { "data-code": code } }, [this._button]);
    /** @type {Room | null} */
    this._room = null;
    this._visible = false;
    this._shown = "";
    this.source = "";
  }

  /** @param {Room} room @param {boolean} chosen @param {number} now */
  take(room, chosen, now) {
    this._room = room;
    setText(this._name, room.name);
    this.element.dataset.chosen = String(chosen);
    this.age(now);
    void this._load();
  }

  /** @param {number} now µs */
  age(now) {
    if (!this._room) return;
    const state = freshness(this._room, now);
    this.element.dataset.state = state;
    setText(this._age, this._room.taken_at === null ? t("Chờ ảnh") : clock(this._room.taken_at));
  }

  /** @param {boolean} can */
  visible(can) {
    this._visible = can;
    void this._load();
  }

  end() {
    if (this.source) URL.revokeObjectURL(this.source);
  }

  async _load() {
    const wanted = this._room?.sha256 ?? "";
    if (!this._visible || wanted === this._shown) return;
    this._shown = wanted;
    if (!wanted || !this._room) {
      this._put("");
      return;
    }
    try {
      this._put(URL.createObjectURL(await this._fetch(this._room.code)));
    } catch {
      // The next picture comes within 30 s and is asked for again; its age tells meanwhile.
      this._shown = "";
    }
  }

  /** @param {string} source */
  _put(source) {
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = source;
    this._image.hidden = source === "";
    if (source) this._image.src = source;
    else this._image.removeAttribute("src");
  }
}
