/**
 * What somebody pasted or typed to get in: a whole link, the secret part of one, or a short code: eight digits told by
 * phone, ten from a printed sheet.
 *
 * @typedef {{kind: "token" | "code" | "empty" | "cut" | "unknown", value: string}} LinkText
 *   `cut`: a link whose end is missing, as happens when a message wraps it
 */

const CODE = /^\d{8}(\d{2})?$/;
const TOKEN = /^dc1\.[\w-]+\.\d+\.[\w-]+$/;

/**
 * @param {string} text
 * @returns {LinkText}
 */
export function readLinkText(text) {
  const plain = text.trim().replace(/\s+/g, "");
  if (plain === "") return { kind: "empty", value: "" };
  const digits = plain.replace(/[-.]/g, "");
  if (CODE.test(digits)) return { kind: "code", value: digits };
  const secret = plain.includes("#") ? plain.slice(plain.indexOf("#") + 1) : plain;
  if (TOKEN.test(secret)) return { kind: "token", value: secret };
  if (secret.startsWith("dc1") || /\/enter/.test(plain)) return { kind: "cut", value: secret };
  return { kind: "unknown", value: plain };
}

/** Pages a role may ask for beside its own, by `?next=`. */
const MAY_OPEN = {
  admin: ["/wall", "/desk", "/call", "/stage", "/timer", "/watch"],
  tech: ["/wall", "/desk", "/call", "/stage", "/timer", "/watch"],
  desk: ["/desk", "/wall", "/watch"],
  caller: ["/call", "/wall", "/stage", "/timer", "/watch"],
  host: ["/site", "/stage", "/timer", "/watch"],
};

/**
 * Where to go after the link was traded.
 * @param {{role: string, page: string, as: string}} session
 * @param {string | null} next
 */
export function pageAfter(session, next) {
  const may = /** @type {Record<string, string[]>} */ (MAY_OPEN)[session.role] ?? [];
  const page = next && may.includes(next) ? next : session.page;
  return `${page}?as=${encodeURIComponent(session.as)}`;
}
