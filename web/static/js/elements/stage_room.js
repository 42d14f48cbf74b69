// The room that the caller shows on the stage, over the quiet scene and never over the launch.

import { readBlob } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";

export class StageRoom {
  constructor() {
    this._area = byId("room");
    this._image = /** @type {HTMLImageElement} */ (byId("room-image"));
    this._key = "";
  }

  /**
   * @param {{name: string, taken_at: number | null} | undefined} row `room` of the public feed
   * @param {boolean} allowed false while a launch gathers or stands
   */
  take(row, allowed) {
    if (!row || row.taken_at === null || !allowed) {
      this._area.hidden = true;
      this._key = "";
      return;
    }
    setText(byId("room-name"), row.name);
    this._image.alt = t("Phòng họp {name}", { name: row.name });
    const key = `${row.name} ${row.taken_at}`;
    if (key === this._key) return;
    this._key = key;
    void this._load(key);
  }

  /** @param {string} key */
  async _load(key) {
    /** @type {Blob} */
    let picture;
    try {
      picture = await readBlob("/api/v1/room.jpg");
    } catch {
      // The row and the picture are told by two ways: what is not there yet comes with the next row.
      if (this._key === key) this._key = "";
      return;
    }
    if (this._key !== key) return;
    URL.revokeObjectURL(this._image.src);
    this._image.src = URL.createObjectURL(picture);
    this._area.hidden = false;
  }
}
