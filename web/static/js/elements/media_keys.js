// Addresses and keys of one source, ready to copy, and step by step what to type into OBS and vMix.

import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { guides } from "../models/media_guides.js";

/** @typedef {import("../models/media_guides.js").Keys} Keys */
/** @typedef {import("../models/media_guides.js").Wanted} Wanted */

const COPIED_FOR = 2_000;

export class SourceKeys {
  /** @param {{rotate: () => void, kind: () => void}} acts */
  constructor(acts) {
    this._values = make("div", { class: "key-values" });
    this._tabs = make("div", { class: "chips", attributes: { role: "group", "aria-label": t("Phần mềm") } });
    this._guide = make("ol", { class: "key-steps" });
    this._note = make("p", { class: "small quiet" });
    const rotate = button(t("Đổi khóa"), acts.rotate);
    const kind = button(t("Đổi cách đưa vào"), acts.kind);
    this.element = make("div", { class: "stack" }, [this._values, make("div", { class: "button-row" }, [kind, rotate]), this._tabs, this._guide, this._note]);
    this._chosen = "";
    this._key = "";
  }

  /** @param {Keys | null} keys @param {Wanted} wanted */
  take(keys, wanted) {
    const key = JSON.stringify([keys, wanted]);
    if (key === this._key) return;
    this._key = key;
    if (!keys) {
      this._values.replaceChildren(make("p", { class: "skeleton", text: t("Đang tải khóa") }));
      return;
    }
    const { values, ways } = guides(keys, wanted);
    this._values.replaceChildren(...values.map(valueLine));
    if (!ways.some((way) => way.id === this._chosen)) this._chosen = ways[0]?.id ?? "";
    const draw = () => {
      this._tabs.replaceChildren(
        ...ways.map((way) => {
          const chip = make("button", { class: "chip", text: way.name, attributes: { type: "button", "aria-pressed": String(way.id === this._chosen) } });
          chip.addEventListener("click", () => {
            this._chosen = way.id;
            draw();
          });
          return chip;
        }),
      );
      const way = ways.find((each) => each.id === this._chosen);
      this._guide.replaceChildren(...(way?.steps ?? []).map(stepLine));
      setText(this._note, way?.note ?? "");
    };
    draw();
  }
}

/** @param {import("../models/media_guides.js").Step} step */
function stepLine(step) {
  const parts = [make("span", { text: step.words })];
  const line = make("li", {}, parts);
  for (const value of step.values) line.append(valueLine(value));
  return line;
}

/** @param {import("../models/media_guides.js").Value} value */
function valueLine(value) {
  const shown = make("code", { class: "key-value", text: value.secret ? "•".repeat(12) : value.text });
  const copy = button("", () => void copyText(value, (words) => say(copy, words, value.name)));
  say(copy, t("Chép"), value.name);
  const acts = [copy];
  if (value.secret) {
    const look = button("", () => {
      const hidden = shown.textContent !== value.text;
      setText(shown, hidden ? value.text : "•".repeat(12));
      say(look, hidden ? t("Ẩn") : t("Hiện"), value.name);
    });
    say(look, t("Hiện"), value.name);
    acts.unshift(look);
  }
  return make("div", { class: "key-line" }, [make("span", { class: "small quiet key-name", text: value.name }), shown, ...acts]);
}

/** What a button shows, and of what it is for those who do not see the line. @param {HTMLElement} act @param {string} words @param {string} name */
function say(act, words, name) {
  setText(act, words);
  act.setAttribute("aria-label", `${words} ${name}`);
}

/** @param {import("../models/media_guides.js").Value} value @param {(words: string) => void} tell */
async function copyText(value, tell) {
  try {
    await navigator.clipboard.writeText(value.text);
    tell(t("Đã chép"));
  } catch {
    // Without HTTPS a browser gives no clipboard: the old way needs a field that is selected.
    const field = make("textarea", { class: "visually-hidden", attributes: { readonly: "" } });
    field.value = value.text;
    document.body.append(field);
    field.select();
    tell(document.execCommand("copy") ? t("Đã chép") : t("Bấm Hiện rồi chép tay"));
    field.remove();
  }
  setTimeout(() => tell(t("Chép")), COPIED_FOR);
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
