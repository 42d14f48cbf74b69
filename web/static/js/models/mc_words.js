// The words an MC reads, cut into text and figures. The names of figures are those of server/ceremony/programme/words.py.

import { fold } from "../lib/format.js";

const BRACED = /\{([^{}]*)\}/g;

/**
 * @typedef {{text: string}} TextPiece
 * @typedef {{figure: string, value: number | null}} FigurePiece `value` null: no such figure
 * @typedef {TextPiece | FigurePiece} Piece
 * @typedef {{values: Record<string, number>, closed_version: number, closed_at: number | null}} Figures
 */

/**
 * @param {string} words
 * @param {Figures | null} figures
 * @returns {Piece[]}
 */
export function piecesOf(words, figures) {
  const values = new Map(Object.entries(figures?.values ?? {}).map(([name, value]) => [fold(name), value]));
  /** @type {Piece[]} */
  const pieces = [];
  let at = 0;
  for (const found of words.matchAll(BRACED)) {
    if (found.index > at) pieces.push({ text: words.slice(at, found.index) });
    pieces.push({ figure: found[1], value: values.get(fold(found[1])) ?? null });
    at = found.index + found[0].length;
  }
  if (at < words.length) pieces.push({ text: words.slice(at) });
  return pieces;
}

/** Whether the words ask for any figure. @param {string} words */
export function asksFigures(words) {
  return words.search(BRACED) >= 0;
}
