// Calls for help with state and owner, and the threads of messages beside them.

import { command } from "../lib/api.js";
import { telephone, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { threadsOf, ticketsOf } from "../models/help.js";
import { ThreadView } from "./thread_view.js";
import { ticketWords, topicWords } from "./help_words.js";

/** @typedef {import("../models/help.js").Ticket} Ticket */

export class TicketPart {
  /**
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {string} me name of this link
   * @param {boolean} mayTake
   */
  constructor(feed, me, mayTake) {
    this._me = me;
    this._mayTake = mayTake;
    this._key = "";
    this._thread = new ThreadView(feed, (error) => this._say(error));
  }

  /** @param {Map<string, any>} help @param {Map<string, any>} sites */
  draw(help, sites) {
    const tickets = ticketsOf(help);
    const threads = threadsOf(help);
    const key = JSON.stringify([tickets, threads]);
    if (key === this._key) return;
    this._key = key;
    byId("tickets").replaceChildren(...tickets.map((ticket) => this._row(ticket, sites.get(ticket.site))));
    byId("tickets-empty").hidden = tickets.length > 0;
    byId("threads").replaceChildren(
      ...threads.map((thread) => {
        const made = make("button", { class: "thread-row", attributes: { type: "button", "data-unread": String(thread.unread > 0) } }, [
          make("span", { class: "row is-spread" }, [make("strong", { class: "ellipsis", text: thread.name }), make("span", { class: "small quiet number", text: time(thread.last_at) })]),
          make("span", { class: "small ellipsis", text: `${thread.from_site ? "" : t("Trung tâm: ")}${thread.last}` }),
          thread.unread > 0 ? make("span", { class: "small thread-unread", text: tn("{count} tin chưa đọc", thread.unread) }) : "",
        ]);
        made.addEventListener("click", () => this.open(thread.site, thread.name));
        return make("li", {}, [made]);
      }),
    );
    byId("threads-empty").hidden = threads.length > 0;
  }

  /** @param {string} code @param {string} name */
  open(code, name) {
    this._thread.open(code, name);
  }

  /** @param {Ticket} ticket @param {any} site */
  _row(ticket, site) {
    const acts = [];
    const phone = site?.contact_phone;
    if (phone) acts.push(make("a", { class: "button is-small", text: t("Gọi {phone}", { phone }), attributes: { href: telephone(phone) } }));
    acts.push(this._act(t("Nhắn tin"), () => this.open(ticket.site, ticket.name)));
    if (this._mayTake && ticket.state !== "done") {
      if (ticket.owner !== this._me) acts.push(this._act(ticket.owner ? t("Nhận thay") : t("Tôi xử lý"), () => this._give({ kind: "take_ticket", ticket: ticket.id }), ""));
      else acts.push(this._act(t("Trả lại"), () => this._give({ kind: "take_ticket", ticket: ticket.id, give_back: true })));
      acts.push(this._act(t("Đã xong"), () => this._give({ kind: "finish_ticket", ticket: ticket.id })));
    }
    if (this._mayTake && ticket.state === "done") acts.push(this._act(t("Mở lại"), () => this._give({ kind: "finish_ticket", ticket: ticket.id, reopen: true })));
    return make("li", { class: "ticket", attributes: { "data-state": ticket.state } }, [
      make("div", { class: "chase-who" }, [
        make("p", {}, [make("strong", { text: topicWords(ticket.topic) }), make("span", { text: ` · ${ticket.name}` }), make("span", { class: "quiet small", text: ` ${ticket.group}` })]),
        ticket.text ? make("p", { class: "ticket-text", text: ticket.text }) : "",
        make("p", { class: "small quiet", text: `${time(ticket.at)} · ${ticketWords(ticket.state, ticket.owner)}` }),
      ]),
      make("div", { class: "chase-acts" }, acts),
    ]);
  }

  /** @param {string} text @param {() => void} act @param {string} [kind] */
  _act(text, act, kind = "is-plain") {
    const made = make("button", { class: `button is-small ${kind}`, text, attributes: { type: "button" } });
    made.addEventListener("click", act);
    return made;
  }

  /** @param {import("../lib/api.js").CommandFields} fields */
  _give(fields) {
    setText(byId("tickets-error"), "");
    command(fields).catch((error) => this._say(error));
  }

  /** @param {Error} error */
  _say(error) {
    setText(byId("tickets-error"), error.message);
  }
}
