// What stands in the fields of a form and was not sent yet, kept as it is typed: a page that is loaded again, or killed in the next
// moment, shows it again. Only text that people type and choices they tick; never a password.

/**
 * @typedef {Record<string, string | boolean>} Typed value by the field's id; ticks are booleans
 */

const KEPT = "input.input[id]:not([type=password]):not([type=search]), textarea[id], input[type=radio], input[type=checkbox][id]";

export class TypedFields {
  #area;
  #keep;
  /** @type {Typed} */
  #typed;

  /**
   * @param {HTMLElement} area whose fields are kept
   * @param {Typed} typed what was kept before
   * @param {(typed: Typed) => void} keep writes it down
   */
  constructor(area, typed, keep) {
    this.#area = area;
    this.#keep = keep;
    this.#typed = { ...typed };
    area.addEventListener("input", (event) => this.#note(event.target));
    area.addEventListener("change", (event) => this.#note(event.target));
  }

  /** Put back what was typed; forms hear of it as if it were typed now. */
  restore() {
    for (const field of this.#fields()) {
      const value = this.#typed[nameOf(field)];
      if (value === undefined) continue;
      if (isTick(field)) {
        if (field.type === "radio" ? value !== field.value : value === field.checked) continue;
        field.checked = field.type === "radio" || Boolean(value);
      } else if (field.value === value) continue;
      else field.value = String(value);
      field.closest("details")?.setAttribute("open", "");
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  /** What this form held was reported: it is kept elsewhere now. @param {HTMLElement} form */
  forget(form) {
    for (const field of this.#fields(form)) delete this.#typed[nameOf(field)];
    this.#keep({ ...this.#typed });
  }

  /** @param {EventTarget | null} target */
  #note(target) {
    if (!(target instanceof HTMLElement) || !target.matches(KEPT)) return;
    const field = /** @type {HTMLInputElement} */ (target);
    this.#typed[nameOf(field)] = field.type === "checkbox" ? field.checked : field.value;
    this.#keep({ ...this.#typed });
  }

  /** @param {HTMLElement} [within] @returns {HTMLInputElement[]} */
  #fields(within = this.#area) {
    return [.../** @type {NodeListOf<HTMLInputElement>} */ (within.querySelectorAll(KEPT))];
  }
}

/** @param {HTMLInputElement} field */
function isTick(field) {
  return field.type === "radio" || field.type === "checkbox";
}

/** Radios of one group are one field. @param {HTMLInputElement} field */
function nameOf(field) {
  return field.type === "radio" ? `radio:${field.form?.id ?? ""}:${field.name}` : field.id;
}
