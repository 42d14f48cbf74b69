// Help of a host's page: one tap calls, a thread with the centre, notices to read. All of it goes through the outbox, so it is
// kept on the machine while there is no network.

import { time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { ownCalls, pendingLines, unreadNotices } from "../models/site_help.js";
import { ticketWords, topicWords } from "./help_words.js";
import { drawLines } from "./thread_view.js";

export class SiteHelp {
  /** @param {(kind: string, fields: Record<string, unknown>) => Promise<unknown>} report puts it into the outbox */
  constructor(report) {
    this._report = report;
    this._dialog = /** @type {HTMLDialogElement} */ (byId("help"));
    this._field = /** @type {HTMLTextAreaElement} */ (byId("talk-text"));
    /** @type {any} */
    this._messages = null;
    /** @type {any} */
    this._notices = null;
    /** @type {any[]} */
    this._entries = [];
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (byId("calls").querySelectorAll("[data-topic]"))) {
      button.addEventListener("click", () => void this._call(button.dataset.topic ?? ""));
    }
    byId("talk-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this._send();
    });
  }

  /** @param {any} messages @param {any} notices rows of the site's feed @param {any[]} entries of the outbox */
  take(messages, notices, entries) {
    this._messages = messages ?? this._messages;
    this._notices = notices ?? this._notices;
    this._entries = entries;
    this.draw();
  }

  draw() {
    this._drawCalls();
    this._drawTalk();
    this._drawNotices();
  }

  /** The dialog was opened: what it shows is read. */
  opened() {
    this.draw();
    const area = byId("talk-lines");
    area.scrollTop = area.scrollHeight;
  }

  _drawCalls() {
    const calls = ownCalls(this._messages?.tickets ?? [], this._entries);
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (byId("calls").querySelectorAll("[data-topic]"))) {
      button.setAttribute("aria-pressed", String(calls.some((call) => call.topic === button.dataset.topic && call.state !== "done")));
    }
    byId("own-tickets").replaceChildren(
      ...calls
        .filter((call) => call.state !== "done")
        .map((call) => {
          const words = call.id === "" ? t("Đã lưu trên máy, đang gửi") : ticketWords(call.state, call.owner);
          const line = make("li", {}, [make("span", {}, [make("strong", { text: topicWords(call.topic) }), make("span", { class: "small quiet", text: ` · ${words}` })])]);
          if (call.id !== "") {
            const done = make("button", { class: "button is-small is-plain", text: t("Đã hết"), attributes: { type: "button" } });
            done.addEventListener("click", () => void this._report("withdraw_help", { ticket: call.id }));
            line.append(done);
          }
          return line;
        }),
    );
  }

  _drawTalk() {
    const lines = this._messages?.lines ?? [];
    const pending = pendingLines(this._entries, lines);
    const area = byId("talk-lines");
    drawLines(area, lines, this._messages?.read_by_centre ?? 0, true);
    area.append(...pending.map((text) => make("li", { class: "thread-line", attributes: { "data-own": "true" } }, [make("p", { text }), make("p", { class: "tiny quiet", text: t("Đã lưu trên máy, đang gửi") })])));
    const last = lines.at(-1)?.number ?? 0;
    const read = this._messages?.read_by_site ?? 0;
    byId("help-open").dataset.news = String(last > read);
    if (last > read && this._dialog.open && !this._entries.some((entry) => entry.kind === "read_messages" && entry.fields.upto >= last && entry.state !== "refused")) {
      void this._report("read_messages", { upto: last });
    }
  }

  _drawNotices() {
    const area = byId("own-notices");
    const unread = unreadNotices(this._notices?.notices ?? [], this._entries);
    const key = unread.map((each) => each.id).join();
    if (area.dataset.key === key) return;
    area.dataset.key = key;
    area.replaceChildren(
      ...unread.map((notice) => {
        const read = make("button", { class: "button is-small", text: t("Đã đọc"), attributes: { type: "button" } });
        read.addEventListener("click", () => void this._report("read_notice", { notice: notice.id }));
        return make("li", { class: "site-notice", attributes: { "data-urgent": String(notice.urgent), role: notice.urgent ? "alert" : "status" } }, [
          make("p", { class: "small quiet", text: noticeWords(notice) }),
          make("p", { text: notice.text }),
          make("p", {}, [read]),
        ]);
      }),
    );
    if (unread.length > 1) area.prepend(make("li", { class: "small quiet", text: tn("{count} thông báo chưa đọc", unread.length) }));
  }

  /** @param {string} topic */
  async _call(topic) {
    await this._report("ask_for_help", { topic });
    this.draw();
  }

  async _send() {
    const text = this._field.value.trim();
    if (!text) return;
    await this._report("send_message", { text });
    this._field.value = "";
    this.draw();
  }
}

/** @param {{urgent: boolean, at: number, rehearsal?: boolean}} notice */
function noticeWords(notice) {
  const words = notice.urgent ? t("Thông báo khẩn, {time}", { time: time(notice.at) }) : t("Thông báo, {time}", { time: time(notice.at) });
  return notice.rehearsal ? words + t(" · tổng duyệt") : words;
}
