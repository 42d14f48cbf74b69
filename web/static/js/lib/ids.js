// Identifiers made on this device. Works without crypto.subtle and crypto.randomUUID, which a plain-http LAN page lacks.

let lastMillisecond = 0;
let counter = 0;

/**
 * A UUID version 7 (RFC 9562 §5.7): lower case with dashes, rising within this page even inside one millisecond
 * (§6.2, method 1: the 12 bits of rand_a count), so that sorting by id is sorting by the order of making.
 * @param {number} [now] milliseconds of UTC
 * @returns {string}
 */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let millisecond = Math.floor(now);
  if (millisecond > lastMillisecond) {
    counter = ((bytes[6] << 8) | bytes[7]) & 0x7ff;
  } else {
    millisecond = lastMillisecond;
    counter += 1;
    if (counter > 0xfff) {
      millisecond += 1;
      counter = 0;
    }
  }
  lastMillisecond = millisecond;
  for (let index = 5, rest = millisecond; index >= 0; index -= 1, rest = Math.floor(rest / 256)) bytes[index] = rest % 256;
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return format(bytes);
}

/** @param {Uint8Array} bytes */
function format(bytes) {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
