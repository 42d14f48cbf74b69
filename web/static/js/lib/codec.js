// One message of the site link to and from its text frame: the mirror of site_agent/link/codec.py, held to it by vectors.

import { FROM_DEVICE, FROM_SERVER, MAX_MESSAGE_BYTES } from "./messages.js";
import { compact, struct, WrongShape } from "./shapes.js";

/**
 * @typedef {import("./messages.js").Message} Message
 * @typedef {import("./shapes.js").Shape} Shape
 */

/** What the codec throws; `code` is searchable and the same in Python: too_large, malformed, unknown_message. */
export class CodecError extends Error {
  /** @param {"too_large" | "malformed" | "unknown_message"} code @param {string} detail */
  constructor(code, detail) {
    super(detail);
    this.name = "CodecError";
    this.code = code;
  }
}

const fromDevice = shapesOf(FROM_DEVICE);
const fromServer = shapesOf(FROM_SERVER);

/**
 * The text of a message; fields at their default are left out.
 * @param {Message} message
 * @returns {string}
 * @throws {CodecError} too_large
 */
export function encode(message) {
  const shape = fromDevice.get(message.type) ?? fromServer.get(message.type);
  const encoded = JSON.stringify({ type: message.type, ...(shape ? compact(shape, message) : {}) });
  const size = sizeOf(encoded);
  if (size > MAX_MESSAGE_BYTES) throw new CodecError("too_large", `${size} bytes to send, the limit is ${MAX_MESSAGE_BYTES}`);
  return encoded;
}

/**
 * What a device sent.
 * @param {string} data
 * @returns {Message}
 * @throws {CodecError}
 */
export function decodeFromDevice(data) {
  return decode(data, fromDevice);
}

/**
 * What the server sent.
 * @param {string} data
 * @returns {Message}
 * @throws {CodecError}
 */
export function decodeFromServer(data) {
  return decode(data, fromServer);
}

/**
 * Bytes of the text in UTF-8.
 * @param {string} data
 */
export function sizeOf(data) {
  return new TextEncoder().encode(data).length;
}

/**
 * @param {string} data
 * @param {Map<string, Shape>} shapes
 * @returns {Message}
 */
function decode(data, shapes) {
  const size = sizeOf(data);
  if (size > MAX_MESSAGE_BYTES) throw new CodecError("too_large", `${size} bytes received, the limit is ${MAX_MESSAGE_BYTES}`);
  const value = parse(data);
  const type = value?.type;
  if (typeof type !== "string" || Array.isArray(value)) throw new CodecError("malformed", "no type");
  const shape = shapes.get(type);
  if (!shape) throw new CodecError("unknown_message", type);
  try {
    return { type, ...shape(value) };
  } catch (error) {
    if (error instanceof WrongShape) throw new CodecError("malformed", error.message);
    throw error;
  }
}

/** @param {string} data @returns {any} */
function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new CodecError("malformed", "not JSON");
  }
}

/** @param {Record<string, Record<string, any>>} table */
function shapesOf(table) {
  return new Map(Object.entries(table).map(([type, fields]) => [type, struct(fields)]));
}
