// The strip on /call and /wall: four small pictures, what is wrong in one line each, and the way to everything else.

import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { modeWords, outputProblem, outputTone, outputWords, recordingWords, shortName, SOURCES, sourceTone, stateWords, workerWords } from "../models/media.js";
import { relaysOf, relayTone } from "../models/relays.js";
import { askSwitch } from "./media_acts.js";
import { MediaPicture } from "./media_picture.js";

export class MediaStrip {
  /**
   * @param {HTMLElement} root
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {(what: string) => void} open the panel, at a source or at `relays`
   */
  constructor(root, ask, open) {
    this._root = root;
    this._away = make("p", { class: "media-away", attributes: { role: "status" } });
    this._output = new Tile("output", t("Đang phát"), () => open("output"));
    this._tiles = SOURCES.map((name) => new Tile(name, shortName(name), () => open(name), () => askSwitch(ask, name)));
    this._mode = make("p", { class: "media-mode" });
    this._auto = make("button", { class: "button is-small is-plain", text: t("Tự động"), attributes: { type: "button" } });
    this._auto.addEventListener("click", () => askSwitch(ask, null));
    this._relays = make("button", { class: "media-relays-sum", attributes: { type: "button" } });
    this._relays.addEventListener("click", () => open("relays"));
    this._recording = make("p", { class: "tiny quiet ellipsis" });
    const side = make("div", { class: "media-side" }, [make("div", { class: "row" }, [this._mode, this._auto]), this._relays, this._recording]);
    root.replaceChildren(this._away, this._output.element, ...this._tiles.map((tile) => tile.element), side);
  }

  /** @param {Map<string, any>} rows of the feed `media` @param {number} now µs */
  take(rows, now) {
    const worker = rows.get("worker");
    const away = workerWords(worker);
    this._root.hidden = !worker || worker.state === "off";
    this._root.classList.toggle("is-away", away !== "");
    setText(this._away, away);
    this._away.hidden = away === "";
    const output = rows.get("output");
    this._output.take(output, { tone: outputTone(output), state: outputWords(output), more: outputProblem(output), onAir: false, may: false }, now);
    for (const tile of this._tiles) {
      const row = rows.get(`source:${tile.name}`);
      if (!row) continue;
      const [first, ...rest] = row.faults;
      const more = first ? first.words + (rest.length > 0 ? ` (+${rest.length})` : "") : row.words;
      tile.take(row, { tone: sourceTone(row), state: stateWords(row), more, onAir: row.on_air, may: output?.wanted !== tile.name && !row.on_air }, now);
    }
    setText(this._mode, modeWords(output));
    this._auto.hidden = !output || output.wanted === null;
    setText(this._recording, recordingWords(rows.get("recording")));
    this._drawRelays(rows);
  }

  /** @param {Map<string, any>} rows */
  _drawRelays(rows) {
    const relays = relaysOf(rows);
    const wanted = relays.filter((relay) => relay.wanted);
    const sending = wanted.filter((relay) => relay.state === "sending" || relay.state === "on_slate");
    const tones = wanted.map(relayTone);
    this._relays.dataset.tone = tones.includes("bad") ? "bad" : tones.includes("warn") ? "warn" : wanted.length > 0 ? "good" : "rest";
    setText(this._relays, relays.length === 0 ? t("Phát lại: chưa có nơi nào") : t("Phát lại: {sending}/{wanted} đang gửi", { sending: sending.length, wanted: wanted.length }));
  }
}

class Tile {
  /**
   * @param {string} name
   * @param {string} label
   * @param {() => void} open
   * @param {(() => void)} [put] on air
   */
  constructor(name, label, open, put) {
    this.name = name;
    this._picture = new MediaPicture(name);
    const view = make("button", { class: "media-view", attributes: { type: "button", "aria-label": t("Xem chi tiết {name}", { name: label }) } }, [this._picture.element]);
    view.addEventListener("click", open);
    this._air = make("span", { class: "media-air", text: t("Trên sóng") });
    this._air.hidden = true;
    this._state = make("p", { class: "media-state ellipsis" });
    this._more = make("p", { class: "media-more" });
    this._put = make("button", { class: "button is-small is-plain media-put", text: t("Đưa lên"), attributes: { type: "button", "aria-label": t("Đưa {name} lên sóng", { name: label }) } });
    this._put.addEventListener("click", () => put?.());
    this._put.hidden = !put;
    const head = make("div", { class: "media-label" }, [make("span", { class: "ellipsis", text: label }), this._air, this._put]);
    this.element = make("div", { class: "media-tile", attributes: { "data-source": name, "data-tone": "rest" } }, [view, make("div", { class: "media-words" }, [head, this._state, this._more])]);
  }

  /**
   * @param {{thumbnail_at: number | null} | undefined} row
   * @param {{tone: string, state: string, more: string, onAir: boolean, may: boolean}} told
   * @param {number} now
   */
  take(row, { tone, state, more, onAir, may }, now) {
    this._picture.take(row, now);
    this.element.dataset.tone = tone;
    this._air.hidden = !onAir;
    setText(this._state, state);
    setText(this._more, more);
    this._more.title = more;
    if (this.name !== "output") this._put.hidden = !may;
  }
}
