// What the programme will ask of the line, against what the line has: two numbers in, words of the server out.

import { Problem, read } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";

const KEPT = "diemcau-capacity";
const MARKS = /** @type {Record<string, string>} */ ({ ok: "✓", warning: "!", problem: "✗" });

export class MediaCapacity {
  /** @param {HTMLElement} place */
  constructor(place) {
    const kept = remembered();
    this._uplink = number("capacity-uplink", kept.uplink, "0.1", "any");
    this._audience = number("capacity-audience", kept.audience, "0", "1");
    this._lines = make("ul", { class: "capacity-lines", attributes: { "aria-live": "polite" } });
    const form = make("form", { class: "capacity-form", attributes: { novalidate: "" } }, [
      labelled(t("Đường truyền lên của nơi đặt máy chủ (Mbit/s)"), this._uplink),
      labelled(t("Khán giả xem cùng lúc"), this._audience),
    ]);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => void this.refresh());
    place.replaceChildren(make("h2", { text: t("Đường truyền") }), form, this._lines);
    this._asked = 0;
  }

  /** Asks anew: what is wanted of the programme, the roster or a number has changed. */
  async refresh() {
    const asked = ++this._asked;
    const query = new URLSearchParams({ audience: String(Math.trunc(Number(this._audience.value)) || 0) });
    if (this._uplink.value.trim() !== "") query.set("uplink", this._uplink.value.trim());
    try {
      localStorage.setItem(KEPT, JSON.stringify({ uplink: this._uplink.value, audience: this._audience.value }));
    } catch {
      // A browser that keeps nothing: the numbers are typed again.
    }
    try {
      const told = await read(`/api/v1/media/capacity?${query}`);
      if (asked === this._asked) this._show(told.state, told.lines);
    } catch (error) {
      if (asked === this._asked) this._show("warning", [error instanceof Problem ? error.message : String(error)]);
    }
  }

  /** @param {string} state @param {string[]} lines */
  _show(state, lines) {
    this._lines.dataset.state = state;
    const verdict = lines.findIndex((line) => /^(Đường truyền|Cần đường truyền)/u.test(line));
    this._lines.replaceChildren(
      ...lines.map((words, index) => {
        const line = make("li", { class: index === verdict ? "is-verdict" : "" });
        setText(line, index === verdict ? `${MARKS[state] ?? ""} ${words}` : words);
        return line;
      }),
    );
  }
}

function remembered() {
  try {
    return { uplink: "", audience: "0", ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return { uplink: "", audience: "0" };
  }
}

/** @param {string} id @param {string} value @param {string} min @param {string} step */
function number(id, value, min, step) {
  const input = make("input", { class: "input", attributes: { id, type: "number", inputmode: "decimal", min, step, autocomplete: "off" } });
  input.value = value;
  return input;
}

/** @param {string} words @param {HTMLInputElement} input */
function labelled(words, input) {
  return make("div", { class: "field" }, [make("label", { text: words, attributes: { for: input.id } }), input]);
}
