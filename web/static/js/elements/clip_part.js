// The organisers' clip of the plan: chosen by the caller, put under its hash, named in the plan that both people confirm.

import { Problem, command, putBlob } from "../lib/api.js";
import { hashOf } from "../lib/hash.js";
import { t } from "../lib/i18n.js";
import { byId, session, setText } from "../lib/page.js";
import { STAGE } from "../lib/stage_clip.js";
import { sizeWords } from "../models/papers.js";

const MAX_BYTES = 64 * 1024 * 1024;

export class ClipPart {
  constructor() {
    /** @type {any} */
    this._plan = null;
    this._busy = false;
    this._file = /** @type {HTMLInputElement} */ (byId("clip-file"));
    byId("clip-choose").addEventListener("click", () => this._file.click());
    byId("clip-drop").addEventListener("click", () => void this._plan_with([]));
    this._file.addEventListener("change", () => void this._take());
  }

  /** @param {{plan: any, state: string} | null} cue */
  draw(cue) {
    this._plan = cue?.plan ?? null;
    const may = ["caller", "admin"].includes(session.role) && cue !== null && ["draft", "prepared", "hold", "aborted", "expired", "verified"].includes(cue.state);
    const clip = this._plan?.assets.find((/** @type {any} */ asset) => asset.name.startsWith(STAGE));
    byId("clip").hidden = !clip && !may;
    setText(byId("clip-words"), clip ? t("Đoạn phim trên sân khấu: {size}", { size: sizeWords(clip.bytes) }) : t("Sân khấu dùng hiệu ứng có sẵn."));
    byId("clip-choose").hidden = !may;
    byId("clip-drop").hidden = !may || !clip;
  }

  async _take() {
    const file = this._file.files?.[0];
    this._file.value = "";
    if (!file || this._busy) return;
    const kind = file.type === "video/webm" ? "webm" : file.type === "video/mp4" ? "mp4" : "";
    if (!kind) return this._say(t("Chỉ nhận đoạn phim MP4 (H.264) hoặc WebM."));
    if (file.size > MAX_BYTES) return this._say(t("Đoạn phim {size} lớn quá 64 MB. Nén lại rồi chọn.", { size: sizeWords(file.size) }));
    this._say(t("Đang tải đoạn phim lên"));
    try {
      const sha256 = await hashOf(await file.arrayBuffer());
      await putBlob(`/api/v1/blobs/${sha256}`, file);
      await this._plan_with([{ name: `${STAGE}${kind}`, sha256, bytes: file.size }]);
    } catch (error) {
      this._say(error instanceof Problem ? error.message : String(error));
    }
  }

  /** @param {object[]} clip */
  async _plan_with(clip) {
    const plan = this._plan;
    if (!plan) return;
    const others = plan.assets.filter((/** @type {any} */ asset) => !asset.name.startsWith(STAGE));
    this._busy = true;
    try {
      await command({ kind: "plan_cue", plan: { ...plan, assets: [...others, ...clip] } });
      this._say("");
    } catch (error) {
      this._say(/** @type {Error} */ (error).message);
    } finally {
      this._busy = false;
    }
  }

  /** @param {string} words */
  _say(words) {
    setText(byId("clip-error"), words);
  }
}
