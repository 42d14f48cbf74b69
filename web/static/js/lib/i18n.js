// Words of the page. The source is Vietnamese; another language is a JSON catalogue made by Babel (see web/i18n.py).

/** @typedef {Record<string, string | string[]>} Catalogue a list holds the plural forms: one, other */

/** The language of this page: "vi" or "en". */
export const language =
  typeof document === "undefined" ? "vi" : (document.querySelector('meta[name="diemcau-lang"]')?.getAttribute("content") ?? "vi");

/** @type {Catalogue} */
let catalogue = {};

if (language !== "vi" && typeof document !== "undefined") {
  catalogue = await fetch(`/static/i18n/${language}.json`)
    .then((answer) => (answer.ok ? answer.json() : {}))
    .catch(() => ({}));
}

/**
 * Puts another catalogue in force; for tests and for pages that change language without loading again.
 * @param {Catalogue} words
 */
export function useCatalogue(words) {
  catalogue = words;
}

/** The words in force; empty on a Vietnamese page. */
export function catalogueOf() {
  return catalogue;
}

/**
 * The words in the page's language, `{name}` replaced by `values.name`.
 * @param {string} message Vietnamese, exactly as extracted
 * @param {Record<string, string | number>} [values]
 */
export function t(message, values) {
  const found = catalogue[message];
  const words = (Array.isArray(found) ? found[found.length - 1] : found) || message;
  return fill(words, values);
}

/**
 * Words that count something. Vietnamese has one form; English has two. `{count}` may stand in the words.
 * @param {string} message
 * @param {number} count
 * @param {Record<string, string | number>} [values] `values.count` may be the number as it is written
 */
export function tn(message, count, values) {
  const found = catalogue[message];
  const words = (Array.isArray(found) ? found[count === 1 ? 0 : found.length - 1] : found) || message;
  return fill(words, { count, ...values });
}

/**
 * @param {string} words
 * @param {Record<string, string | number>} [values]
 */
function fill(words, values) {
  return values ? words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)) : words;
}
