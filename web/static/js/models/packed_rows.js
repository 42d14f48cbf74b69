/**
 * The first snapshot of a large feed comes by HTTP as columns (server/feeds/packed.py): field names once, instants in seconds.
 *
 * @typedef {{feed: string, feed_id: string, offset: number, seconds: string[], columns: Record<string, any[]>}} Packed
 */

const SECOND = 1_000_000;

/**
 * The rows as the socket would have told them, in order.
 * @param {Packed} packed
 * @param {string} [key] the field that names a row
 * @returns {Array<[string, any]>}
 */
export function unpack({ columns, seconds }, key = "code") {
  const fields = Object.keys(columns);
  const inSeconds = new Set(seconds);
  return columns[key].map((code, index) => {
    /** @type {Record<string, any>} */
    const row = {};
    for (const field of fields) {
      const value = columns[field][index];
      row[field] = value !== null && inSeconds.has(field) ? value * SECOND : value;
    }
    return [code, row];
  });
}
