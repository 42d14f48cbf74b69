// Words to read aloud, with their figures standing out; a figure that is not closed yet says so.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

/**
 * @param {HTMLElement} area
 * @param {import("../models/mc_words.js").Piece[]} pieces
 * @param {import("../models/mc_words.js").Figures | null} figures
 */
export function wordsIn(area, pieces, figures) {
  const provisional = !figures || figures.closed_version === 0;
  const key = JSON.stringify([pieces, provisional]);
  if (area.dataset.words === key) return;
  area.dataset.words = key;
  area.replaceChildren(...pieces.map((piece) => ("text" in piece ? piece.text : figure(piece, provisional))));
}

/** @param {import("../models/mc_words.js").FigurePiece} piece @param {boolean} provisional */
function figure(piece, provisional) {
  if (piece.value === null) return make("span", { class: "mc-figure is-wrong", text: t("{name}: không có số liệu này", { name: `{${piece.figure}}` }) });
  const shown = make("span", { class: provisional ? "mc-figure is-provisional" : "mc-figure", text: number(piece.value) });
  if (provisional) shown.append(make("small", { text: ` ${t("tạm tính")}` }));
  return shown;
}
