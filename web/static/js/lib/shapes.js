// Shapes of JSON values: check what came from outside, and fill in the fields that were left out. What msgspec does in Python.

/** A value does not have the shape it must have; the words say where. */
export class WrongShape extends Error {
  /** @param {string} expected @param {string} path */
  constructor(expected, path) {
    super(`expected ${expected} at ${path}`);
    this.name = "WrongShape";
  }
}

/**
 * Takes a value and where it stands; returns it with defaults filled in, or throws WrongShape. `compact` goes the other way: it
 * leaves out fields at their default.
 * @typedef {((value: unknown, path?: string) => any) & {compact?: (value: any) => any}} Shape
 */

/**
 * A field that may be left out, and what it then is.
 * @typedef {{shape: Shape, otherwise: unknown}} Optional
 */

/** @type {Shape} */
export const text = (value, path = "$") => {
  if (typeof value !== "string") throw new WrongShape("text", path);
  return value;
};

/** @type {Shape} */
export const integer = (value, path = "$") => {
  if (!Number.isSafeInteger(value)) throw new WrongShape("an integer", path);
  return value;
};

/** @type {Shape} */
export const real = (value, path = "$") => {
  if (typeof value !== "number") throw new WrongShape("a number", path);
  return value;
};

/** @type {Shape} */
export const flag = (value, path = "$") => {
  if (typeof value !== "boolean") throw new WrongShape("true or false", path);
  return value;
};

/** @type {Shape} */
export const dictionary = (value, path = "$") => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WrongShape("an object", path);
  return value;
};

/** @param {...string} words @returns {Shape} */
export function oneOf(...words) {
  return (value, path = "$") => {
    if (typeof value !== "string" || !words.includes(value)) throw new WrongShape(`one of ${words.join(", ")}`, path);
    return value;
  };
}

/** @param {Shape} shape @returns {Shape} */
export function nullable(shape) {
  /** @type {Shape} */
  const either = (value, path = "$") => (value === null ? null : shape(value, path));
  either.compact = (value) => (value === null ? null : compact(shape, value));
  return either;
}

/** @param {Shape} shape @returns {Shape} */
export function listOf(shape) {
  /** @type {Shape} */
  const list = (value, path = "$") => {
    if (!Array.isArray(value)) throw new WrongShape("a list", path);
    return value.map((item, index) => shape(item, `${path}[${index}]`));
  };
  list.compact = (value) => value.map((/** @type {unknown} */ item) => compact(shape, item));
  return list;
}

/**
 * A field with a default.
 * @param {Shape} shape
 * @param {unknown} otherwise
 * @returns {Optional}
 */
export function optional(shape, otherwise = null) {
  return { shape, otherwise };
}

/**
 * An object with these fields. Unknown fields are left out, or refused where `strict`.
 * @param {Record<string, Shape | Optional>} fields
 * @param {{strict?: boolean}} [options]
 * @returns {Shape}
 */
export function struct(fields, { strict = false } = {}) {
  const known = new Set(Object.keys(fields));
  /** @type {Shape} */
  const object = (value, path = "$") => {
    const given = dictionary(value, path);
    if (strict) for (const name of Object.keys(given)) if (!known.has(name)) throw new WrongShape(`no field ${name}`, path);
    /** @type {Record<string, unknown>} */
    const filled = {};
    for (const [name, field] of Object.entries(fields)) filled[name] = fieldOf(given, name, field, path);
    return filled;
  };
  object.compact = (value) => compactFields(fields, value);
  return object;
}

/**
 * The value without what its shape fills in by itself.
 * @param {Shape} shape
 * @param {any} value
 */
export function compact(shape, value) {
  return shape.compact ? shape.compact(value) : value;
}

/** @param {Record<string, Shape | Optional>} fields @param {Record<string, any>} value */
function compactFields(fields, value) {
  /** @type {Record<string, unknown>} */
  const kept = {};
  for (const [name, field] of Object.entries(fields)) {
    if (value[name] === undefined) continue;
    if (typeof field === "function") kept[name] = compact(field, value[name]);
    else if (!isDefault(value[name], field.otherwise)) kept[name] = compact(field.shape, value[name]);
  }
  return kept;
}

/** @param {any} value @param {unknown} otherwise */
function isDefault(value, otherwise) {
  if (typeof otherwise !== "object" || otherwise === null) return value === otherwise;
  return Object.keys(value ?? { no: 1 }).length === 0 && Object.keys(otherwise).length === 0;
}

/**
 * @param {Record<string, unknown>} given
 * @param {string} name
 * @param {Shape | Optional} field
 * @param {string} path
 */
function fieldOf(given, name, field, path) {
  const at = `${path}.${name}`;
  if (typeof field === "function") {
    if (!Object.hasOwn(given, name)) throw new WrongShape("a value", at);
    return field(given[name], at);
  }
  return Object.hasOwn(given, name) ? field.shape(given[name], at) : structuredClone(field.otherwise);
}
