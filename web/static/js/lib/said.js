// What the server said, in the language of this page. The server says every refusal in Vietnamese, with its values filled in;
// here its sentence is found again among those of the catalogue (web/sentences.py puts them there) and said in other words.

import { catalogueOf } from "./i18n.js";

/** @typedef {{pattern: RegExp, numbers: string[], words: string, letters: number}} Template */

const VALUE = /\{(\d+)\}/g;
/** A sentence that holds another: no deeper than this. */
const DEEPEST = 2;

/** @type {{of: object, templates: Template[]} | null} */
let made = null;

/**
 * @param {string} sentence as the server said it
 * @param {number} [depth]
 * @returns {string} the sentence itself where it is not known
 */
export function said(sentence, depth = 0) {
  const words = catalogueOf();
  if (!sentence || Object.keys(words).length === 0) return sentence;
  const found = words[sentence];
  if (typeof found === "string") return found;
  if (depth > DEEPEST) return sentence;
  for (const template of templatesOf(words)) {
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
function templatesOf(words) {
  if (made?.of === words) return made.templates;
  const templates = Object.entries(words).flatMap(([vietnamese, told]) => (/\{\d+\}/.test(vietnamese) && typeof told === "string" ? [template(vietnamese, told)] : []));
  templates.sort((a, b) => b.letters - a.letters);
  made = { of: words, templates };
  return templates;
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
