// What the server said, in the language of this page. The server says every refusal in Vietnamese, with its values filled in;
// here its sentence is found again among those of the catalogue (web/sentences.py puts them there) and said in other words.

import { catalogueOf } from "./i18n.js";

/** @typedef {{pattern: RegExp, numbers: string[], words: string, letters: number}} Template */

const VALUE = /\{(\d+)\}/g;
/** A sentence that holds another: no deeper than this. */
const DEEPEST = 2;

/** Sentences are asked for again each second while they stand on a page: this many are remembered. */
const REMEMBERED = 200;

/** @type {{of: object, templates: Template[], known: Map<string, string>} | null} */
let made = null;

/**
 * @param {string} sentence as the server said it
 * @param {number} [depth]
 * @returns {string} the sentence itself where it is not known
 */
export function said(sentence, depth = 0) {
  const words = catalogueOf();
  const found = words[sentence];
  if (typeof found === "string") return found;
  if (!sentence || depth > DEEPEST) return sentence;
  const { templates, known } = madeOf(words);
  const before = known.get(sentence);
  if (before !== undefined) return before;
  const told = filled(sentence, templates, depth);
  if (known.size >= REMEMBERED) known.clear();
  known.set(sentence, told);
  return told;
}

/** @param {string} sentence @param {Template[]} templates @param {number} depth */
function filled(sentence, templates, depth) {
  for (const template of templates) {
    const match = template.pattern.exec(sentence);
    if (match) return template.words.replace(VALUE, (_, number) => said(match[template.numbers.indexOf(number) + 1] ?? "", depth + 1));
  }
  return sentence;
}

/** The words beside each field or row. @param {Record<string, string> | undefined} fields */
export function saidFields(fields) {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([field, words]) => [field, said(words)]));
}

/** Sentences with values in them, those that say most first: "{0}." must not take what another knows better. @param {import("./i18n.js").Catalogue} words */
function madeOf(words) {
  if (made?.of === words) return made;
  const templates = Object.entries(words).flatMap(([vietnamese, told]) => (/\{\d+\}/.test(vietnamese) && typeof told === "string" ? [template(vietnamese, told)] : []));
  templates.sort((a, b) => b.letters - a.letters);
  made = { of: words, templates, known: new Map() };
  return made;
}

/** @param {string} vietnamese @param {string} words @returns {Template} */
function template(vietnamese, words) {
  const parts = vietnamese.split(/\{\d+\}/);
  const pattern = new RegExp(`^${parts.map(literal).join("(.*?)")}$`, "su");
  return { pattern, numbers: [...vietnamese.matchAll(VALUE)].map((match) => match[1]), words, letters: parts.join("").length };
}

/** @param {string} text */
function literal(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
