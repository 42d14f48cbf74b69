// Clips cut from the recording: each launch has one by itself; others are cut by time. Fetched and deleted here.

import { post, remove } from "../lib/api.js";
import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, session, setText } from "../lib/page.js";
import { clipsOf, clipState, interval } from "../models/clips.js";

/** @typedef {import("../models/clips.js").ClipRow} ClipRow */

const MINUTE = 60_000_000;

export class MediaClips {
  /**
   * @param {HTMLElement} root
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {() => number} now
   */
  constructor(root, ask, now) {
    this._ask = ask;
    this._now = now;
    this._drawn = "";
    this._list = make("ul", { class: "relay-list" });
    this._empty = make("p", { class: "quiet small" });
    setText(this._empty, t("Mỗi lần phát động tự có một đoạn, từ 30 giây trước đến 60 giây sau, khoảng một phút sau thì xong."));
    const cut = make("button", { class: "button is-small is-plain", text: t("Cắt một đoạn"), attributes: { type: "button" } });
    cut.addEventListener("click", () => this._askCut());
    root.replaceChildren(make("div", { class: "row is-spread" }, [make("h2", { text: t("Đoạn cắt từ bản ghi") }), cut]), this._list, this._empty);
  }

  /** @param {Map<string, any>} rows of the feed `media` */
  take(rows) {
    const clips = clipsOf(rows);
    const drawn = JSON.stringify(clips);
    if (drawn === this._drawn) return;
    this._drawn = drawn;
    this._empty.hidden = clips.length > 0;
    this._list.replaceChildren(...clips.map((clip) => this._line(clip)));
  }

  /** @param {ClipRow} clip */
  _line(clip) {
    const words = make("div", { class: "grow" }, [make("strong", { text: clip.name }), make("p", { class: `small number ${clip.state === "failed" ? "is-bad-words" : "quiet"}`, text: clipState(clip) })]);
    const row = make("div", { class: "button-row" });
    if (clip.state === "ready") {
      const href = `/api/v1/media/clips/${encodeURIComponent(clip.clip)}?as=${encodeURIComponent(session.as)}`;
      row.append(make("a", { class: "button is-small is-plain", text: t("Tải về"), attributes: { href, download: "" } }));
    }
    if (clip.state !== "making") {
      const away = make("button", { class: "button is-small is-plain", text: t("Xóa"), attributes: { type: "button", "aria-label": t("Xóa {name}", { name: clip.name }) } });
      away.addEventListener("click", () => this._askDelete(clip));
      row.append(away);
    }
    return make("li", { class: "relay", attributes: { "data-clip": clip.clip } }, [words, row]);
  }

  /** @param {ClipRow} clip */
  _askDelete(clip) {
    this._ask.open({
      title: t("Xóa {name}?", { name: clip.name }),
      words: t("Tệp của đoạn {begin} đến {end} mất hẳn. Bản ghi gốc vẫn còn: cần lại thì cắt lại theo giờ.", { begin: clock(clip.begin), end: clock(clip.end) }),
      yes: t("Xóa đoạn này"),
      danger: true,
      work: () => remove(`/api/v1/media/clips/${encodeURIComponent(clip.clip)}`),
    });
  }

  _askCut() {
    const now = this._now();
    this._ask.open({
      title: t("Cắt một đoạn"),
      words: t("Theo giờ Việt Nam, cắt từ bản ghi thành một tệp MP4. Dài từ 1 giây đến 6 giờ."),
      yes: t("Cắt"),
      fields: [
        { name: "from", label: t("Từ"), value: clock(now - 5 * MINUTE), required: true, hint: t("Ví dụ 07:55:30.") },
        { name: "to", label: t("Đến"), value: clock(now), required: true },
      ],
      work: async ({ from, to }) => {
        const asked = interval(from, to, this._now());
        if (!asked) throw new Error(t("Ghi giờ như 07:55 hoặc 07:55:30, hai giờ khác nhau."));
        return post("/api/v1/media/clips", asked);
      },
    });
  }
}
