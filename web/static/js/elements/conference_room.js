// The conference room's address and password, with a button to copy each. Shown to hosts of sites that join it, and nowhere else.

import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

/**
 * @typedef {{url: string, password: string}} Conference
 */

export class ConferenceRoom {
  #opener = byId("conference-show");
  #dialog = /** @type {HTMLDialogElement} */ (byId("conference"));
  #drawn = "";

  constructor() {
    this.#opener.addEventListener("click", () => this.open());
    byId("conference-close").addEventListener("click", () => this.#dialog.close());
  }

  open() {
    setText(byId("conference-said"), "");
    this.#dialog.showModal();
  }

  /** @param {Conference | null} conference */
  show(conference) {
    this.#opener.hidden = conference === null;
    const key = JSON.stringify(conference);
    if (key === this.#drawn) return;
    this.#drawn = key;
    if (conference === null) {
      this.#dialog.close();
      byId("conference-lines").replaceChildren();
      return;
    }
    byId("conference-lines").replaceChildren(...conferenceLines(conference, (words) => setText(byId("conference-said"), words)));
    const open = /** @type {HTMLAnchorElement} */ (byId("conference-open"));
    const address = webAddress(conference.url);
    open.hidden = address === "";
    open.href = address;
  }
}

/**
 * Address and password, each with its way to the clipboard.
 * @param {Conference} conference
 * @param {(words: string) => void} say
 */
export function conferenceLines({ url, password }, say) {
  const lines = [line(t("Địa chỉ"), url, say)];
  if (password) lines.push(line(t("Mật khẩu"), password, say));
  return lines;
}

/** @param {string} head @param {string} text @param {(words: string) => void} say */
function line(head, text, say) {
  const copy = make("button", { class: "button is-small", text: t("Sao chép"), attributes: { type: "button", "aria-label": t("Sao chép {what}", { what: head.toLowerCase() }) } });
  copy.addEventListener("click", () => void toClipboard(text).then((done) => say(done ? t("Đã sao chép {what}.", { what: head.toLowerCase() }) : t("Trình duyệt không cho sao chép: giữ tay vào dòng chữ để chép."))));
  return make("div", { class: "conference-line" }, [make("span", { text: head }), make("strong", { text }), copy]);
}

/** @param {string} text */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The address if a browser can open it; never a script. @param {string} text */
function webAddress(text) {
  return /^https?:\/\//i.test(text) ? text : "";
}
