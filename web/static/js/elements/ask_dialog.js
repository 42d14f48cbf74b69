// A dialog that says what will be done, asks for what it needs, and does it on agreement; its failure stays in the dialog.

import { Problem } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

/**
 * @typedef {{name: string, label: string, value?: string, type?: string, required?: boolean, hint?: string,
 *   choices?: Array<[string, string]>}} Field
 * @typedef {{title: string, words: string | (() => string), yes: string, danger?: boolean, fields?: Field[],
 *   work: (values: Record<string, string>) => Promise<unknown>}} Question `words` that are made anew tell what is so now, not what was
 *   so when the dialog opened
 */

export class AskDialog {
  constructor() {
    this.dialog = /** @type {HTMLDialogElement} */ (byId("ask"));
    this.form = /** @type {HTMLFormElement} */ (byId("ask-form"));
    this.form.noValidate = true; // what is missing is said here, in the page's words and language
    this.yes = /** @type {HTMLButtonElement} */ (byId("ask-yes"));
    /** @type {Question | null} */
    this.question = null;
    byId("ask-no").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => {
      if (!this.dialog.open) this.question = null; // asked and answered; another may have been asked since
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this._agree();
    });
  }

  /** @param {Question} question */
  open(question) {
    this.question = question;
    setText(byId("ask-title"), question.title);
    this.reword();
    setText(byId("ask-error"), "");
    setText(this.yes, question.yes);
    this.yes.className = question.danger ? "button is-danger" : "button is-main";
    byId("ask-fields").replaceChildren(...(question.fields ?? []).map(fieldElement));
    this.dialog.showModal();
  }

  /** What the words tell of may have changed: call where it does, open or not. */
  reword() {
    const words = this.question?.words ?? "";
    setText(byId("ask-words"), typeof words === "string" ? words : words());
  }

  async _agree() {
    const question = this.question;
    if (!question || this.yes.disabled) return;
    const values = Object.fromEntries([...new FormData(this.form)].map(([name, value]) => [name, String(value).trim()]));
    const missing = question.fields?.find((field) => field.required && !values[field.name]);
    if (missing) {
      setText(byId("ask-error"), t("Cần điền “{field}”.", { field: missing.label }));
      return;
    }
    this.yes.disabled = true;
    this.yes.setAttribute("aria-busy", "true");
    try {
      await question.work(values);
      this.dialog.close();
    } catch (error) {
      setText(byId("ask-error"), error instanceof Problem ? wordsOf(error) : String(error));
    }
    this.yes.disabled = false;
    this.yes.removeAttribute("aria-busy");
  }
}

/** What was refused, and which fields, sites or seats stood in the way. @param {Problem} problem */
function wordsOf(problem) {
  const each = Object.entries(problem.fields).map(([name, words]) => `${name}: ${words}`);
  return [`${problem.message} (${problem.code})`, ...each].join(" · ");
}

/** @param {Field} field */
function fieldElement(field) {
  const id = `ask-${field.name}`;
  const label = make("label", { text: field.label, attributes: { for: id } });
  const attributes = { id, name: field.name, ...(field.required ? { required: "" } : {}) };
  /** @type {HTMLElement} */
  let input;
  if (field.choices) {
    const select = make("select", { class: "input", attributes });
    for (const [value, text] of field.choices) {
      const option = make("option", { text, attributes: { value } });
      option.selected = value === field.value;
      select.append(option);
    }
    input = select;
  } else {
    input = make("input", { class: "input", attributes: { ...attributes, type: field.type ?? "text", value: field.value ?? "", autocomplete: "off" } });
  }
  const parts = [label, input];
  if (field.hint) parts.push(make("p", { class: "tiny quiet", text: field.hint }));
  return make("div", { class: "field" }, parts);
}
