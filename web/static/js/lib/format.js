// How numbers, times and dates are written for people, and how names are folded for searching.
// Instants and durations are integer microseconds, as everywhere.

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ZONE = "Asia/Ho_Chi_Minh";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} name
 * @param {Intl.DateTimeFormatOptions} options
 */
function parts(name, options) {
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", ...options });
    formats.set(name, format);
  }
  return format;
}

/**
 * 12345 → "12.345".
 * @param {number} value
 */
export function number(value) {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ".");
}

/**
 * Share as whole per cent: 0.064 → "6%".
 * @param {number} share
 */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/**
 * An instant as "07:30" of Việt Nam.
 * @param {number} instant
 */
export function time(instant) {
  return clock(instant).slice(0, 5);
}

/**
 * An instant as "07:30:05".
 * @param {number} instant
 */
export function clock(instant) {
  // Việt Nam has no summer time; Intl would take as long for one card as this does for a list.
  const seconds = Math.floor((instant + 7 * HOUR) / SECOND) % 86_400;
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/**
 * An instant as "11/6/2025", no leading zeros.
 * @param {number} instant
 */
export function date(instant) {
  const named = Object.fromEntries(
    parts("date", { day: "numeric", month: "numeric", year: "numeric" })
      .formatToParts(instant / 1000)
      .map((part) => [part.type, part.value]),
  );
  return `${Number(named.day)}/${Number(named.month)}/${named.year}`;
}

/**
 * Whole days from one instant's day in Việt Nam to another's: 0 on the same day.
 * @param {number} from
 * @param {number} to
 */
export function daysBetween(from, to) {
  const day = (/** @type {number} */ instant) => Math.floor((instant + 7 * HOUR) / (24 * HOUR));
  return day(to) - day(from);
}

/**
 * A length of time running down: "06:18", "1:02:03"; never negative.
 * @param {number} duration
 */
export function countdown(duration) {
  const seconds = Math.max(0, Math.ceil(duration / SECOND));
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest;
}

/**
 * A length of time split for composing words: whole days, hours, minutes, seconds.
 * @param {number} duration
 */
export function split(duration) {
  const seconds = Math.max(0, Math.ceil(duration / SECOND));
  return {
    days: Math.floor(seconds / 86400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}

/** @param {number} value */
function pad(value) {
  return String(value).padStart(2, "0");
}

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Text as it is compared in a search: lower case, no diacritics, đ as d, one space between words.
 * @param {string} text
 */
export function fold(text) {
  if (PLAIN.test(text)) return text.toLowerCase().replace(/\s+/g, " ").trim();
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * The href that dials a phone number as people write it: "0912 345 678" → "tel:0912345678"; "" when there is none.
 * @param {string} phone
 */
export function telephone(phone) {
  const digits = phone.replace(/[^\d+]/g, "");
  return digits ? `tel:${digits}` : "";
}

const collator = new Intl.Collator("vi", { numeric: true });

/**
 * Orders names as Vietnamese orders them.
 * @param {string} a
 * @param {string} b
 */
export function compareNames(a, b) {
  return collator.compare(a, b);
}
