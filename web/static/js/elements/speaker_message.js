// Short messages to the speaker: one tap each, or a few words of one's own; what stands there now, and taking it away.

import { command } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";

/** What a show caller says most. */
export const PRESETS = [t("Đề nghị kết thúc"), t("Còn 2 phút"), t("Đề nghị nói chậm lại"), t("Đề nghị nói gần micro")];

/** @param {(error: unknown) => void} say */
export function mountSpeakerMessage(say) {
  const form = /** @type {HTMLFormElement} */ (byId("speaker-form"));
  const input = /** @type {HTMLInputElement} */ (byId("speaker-text"));
  const tell = async (/** @type {string} */ text) => {
    try {
      await command({ kind: "tell_speaker", text });
      return true;
    } catch (error) {
      say(error);
      return false;
    }
  };
  byId("speaker-presets").replaceChildren(
    ...PRESETS.map((text) => {
      const button = make("button", { class: "chip", text, attributes: { type: "button" } });
      button.addEventListener("click", () => void tell(text));
      return button;
    }),
  );
  byId("speaker-clear").addEventListener("click", () => void tell(""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (input.value.trim() && (await tell(input.value))) input.value = "";
  });
}

/** @param {string} text what stands on the speaker's clock */
export function drawSpeakerMessage(text) {
  byId("speaker-now").hidden = text === "";
  setText(byId("speaker-shown"), text);
  for (const chip of byId("speaker-presets").querySelectorAll("button")) chip.setAttribute("aria-pressed", String(chip.textContent === text));
}
