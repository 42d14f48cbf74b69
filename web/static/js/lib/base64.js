// Base64url without padding (RFC 4648 §5), both ways, and hexadecimal digits.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

/** The text is not base64url. */
export class NotBase64 extends Error {
  constructor() {
    super("not base64url");
    this.name = "NotBase64";
  }
}

/**
 * @param {Uint8Array} data
 * @returns {string}
 */
export function encodeBytes(data) {
  let text = "";
  for (let index = 0; index < data.length; index += 3) {
    const left = data.length - index;
    const block = (data[index] << 16) | ((data[index + 1] ?? 0) << 8) | (data[index + 2] ?? 0);
    text += ALPHABET[block >> 18] + ALPHABET[(block >> 12) & 63];
    if (left > 1) text += ALPHABET[(block >> 6) & 63];
    if (left > 2) text += ALPHABET[block & 63];
  }
  return text;
}

/**
 * Reverse of `encodeBytes`.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {NotBase64}
 */
export function decodeBytes(text) {
  if (typeof text !== "string" || text.length % 4 === 1) throw new NotBase64();
  const data = new Uint8Array(Math.floor((text.length * 3) / 4));
  let filled = 0;
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    const value = VALUES.get(letter);
    if (value === undefined) throw new NotBase64();
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      data[filled] = (held >> bits) & 0xff;
      filled += 1;
    }
  }
  return data;
}

/**
 * @param {Uint8Array} data
 * @returns {string} lower-case hexadecimal digits
 */
export function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
