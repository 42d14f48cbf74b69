// The page's dialog that asks before it does; made where the template has none.

import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { AskDialog } from "./ask_dialog.js";

/** @type {AskDialog | null} */
let made = null;

/** One for the page, whoever asks. @returns {AskDialog} */
export function ownAsk() {
  if (made) return made;
  if (!document.getElementById("ask")) document.body.append(dialog());
  made = new AskDialog();
  return made;
}

function dialog() {
  return make("dialog", { attributes: { id: "ask", "aria-labelledby": "ask-title" } }, [
    make("form", { class: "stack", attributes: { method: "dialog", id: "ask-form" } }, [
      make("h2", { attributes: { id: "ask-title" } }),
      make("p", { attributes: { id: "ask-words" } }),
      make("div", { class: "stack", attributes: { id: "ask-fields" } }),
      make("p", { class: "field-error", attributes: { id: "ask-error", role: "alert" } }),
      make("div", { class: "button-row" }, [
        make("button", { class: "button is-plain", text: t("Không"), attributes: { type: "button", id: "ask-no" } }),
        make("button", { class: "button is-main", attributes: { type: "submit", id: "ask-yes" } }),
      ]),
    ]),
  ]);
}
