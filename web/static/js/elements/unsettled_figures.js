// Two numbers of one site that do not agree: both with sender and time, and one tap to choose.

import { Problem } from "../lib/api.js";
import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { choice, senderWords, unsettled, whenWords } from "../models/figures.js";

/**
 * Draws into the area, which stays empty and hidden while the numbers agree.
 * @param {HTMLElement} area
 * @param {import("../models/figures.js").SiteFiguresRow | null | undefined} row
 * @param {(fields: {figure: string, over: string[]}) => Promise<unknown>} choose
 */
export function drawUnsettled(area, row, choose) {
  const figures = unsettled(row);
  const key = JSON.stringify(figures);
  if (area.dataset.key === key) return;
  area.dataset.key = key;
  area.hidden = figures.length === 0;
  if (figures.length === 0) {
    area.replaceChildren();
    return;
  }
  const problem = make("p", { class: "field-error", attributes: { role: "alert" } });
  const lines = figures.map((figure) => {
    const button = make("button", { class: "button", text: t("Chọn số này"), attributes: { type: "button", "aria-label": t("Chọn số {count}", { count: number(figure.total) }) } });
    button.addEventListener("click", () => void taken(button, problem, () => choose(choice(figures, figure.id))));
    const who = make("div", { class: "unsettled-who" }, [
      make("strong", { text: senderWords(figure.sender) }),
      make("span", { class: "small quiet", text: whenWords(figure) + (figure.counting ? t(" · đang tạm tính") : "") }),
    ]);
    return make("li", {}, [make("span", { class: "unsettled-total", text: number(figure.total) }), who, button]);
  });
  area.replaceChildren(
    make("h3", { text: t("Hai nơi báo hai số, chưa thống nhất") }),
    make("p", { class: "small quiet", text: t("Chưa chọn thì tạm tính số nhập sau cùng. Số không chọn vẫn lưu trong lịch sử.") }),
    make("ul", {}, lines),
    problem,
  );
}

/** @param {HTMLButtonElement} button @param {HTMLElement} problem @param {() => Promise<unknown>} work */
async function taken(button, problem, work) {
  button.disabled = true;
  problem.textContent = "";
  try {
    await work();
  } catch (error) {
    problem.textContent = error instanceof Problem ? `${error.message} (${error.code})` : String(error);
  }
  button.disabled = false;
}
