// One site's thread at the centre: what was said, a field to answer, read as far as it is shown.

import { command } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

export class ThreadView {
  /**
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {(error: Error) => void} failed
   */
  constructor(feed, failed) {
    this._feed = feed;
    this._failed = failed;
    this._code = "";
    /** @type {(() => void) | null} */
    this._leave = null;
    this._dialog = /** @type {HTMLDialogElement} */ (byId("thread"));
    this._field = /** @type {HTMLTextAreaElement} */ (byId("thread-text"));
    byId("thread-close").addEventListener("click", () => this._dialog.close());
    this._dialog.addEventListener("close", () => this._close());
    byId("thread-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this._send();
    });
  }

  /** @param {string} code @param {string} name */
  open(code, name) {
    this._close();
    this._code = code;
    setText(byId("thread-name"), name);
    setText(byId("thread-error"), "");
    byId("thread-lines").replaceChildren();
    this._leave = this._feed.subscribe(`site:${code}`, (rows) => this._draw(rows.get("messages")), (problem) => this._failed(new Error(problem.detail)));
    this._dialog.showModal();
    this._field.focus();
  }

  _close() {
    this._leave?.();
    this._leave = null;
    this._code = "";
  }

  /** @param {any} row */
  _draw(row) {
    if (!row) return;
    const area = byId("thread-lines");
    drawLines(area, row.lines, row.read_by_site, false);
    byId("thread-empty").hidden = row.lines.length > 0;
    const last = row.lines.at(-1)?.number ?? 0;
    if (this._dialog.open && last > row.read_by_centre) command({ kind: "read_messages", site: this._code, upto: last }).catch(this._failed);
    area.scrollTop = area.scrollHeight;
  }

  async _send() {
    const text = this._field.value.trim();
    if (!text) return;
    try {
      await command({ kind: "send_message", site: this._code, text });
      this._field.value = "";
      setText(byId("thread-error"), "");
    } catch (error) {
      setText(byId("thread-error"), /** @type {Error} */ (error).message);
    }
  }
}

/**
 * @param {HTMLElement} area
 * @param {Array<{number: number, text: string, from_site: boolean, seat: string, at: number}>} lines
 * @param {number} readByOther how far the other side has read
 * @param {boolean} atSite who looks
 */
export function drawLines(area, lines, readByOther, atSite) {
  area.replaceChildren(
    ...lines.map((line) => {
      const own = line.from_site === atSite;
      const who = line.from_site ? t("Điểm cầu") : t("Trung tâm");
      const state = own ? (line.number <= readByOther ? t(" · đã xem") : t(" · đã gửi")) : "";
      return make("li", { class: "thread-line", attributes: { "data-own": String(own) } }, [make("p", { text: line.text }), make("p", { class: "tiny quiet", text: `${own ? "" : `${who} · `}${time(line.at)}${state}` })]);
    }),
  );
}
