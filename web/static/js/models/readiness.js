/**
 * The checklist over all sites: counts, and which sites lack an item; no DOM.
 *
 * @typedef {import("./grades.js").SiteRow & {checks?: number, unopened?: boolean}} SiteRow
 * @typedef {{id: string, name: string, measure?: string, pictures?: string[]}} Item
 * @typedef {{sites: number, ready: number, items: Record<string, {good: number, of: number}>}} Totals
 * @typedef {{id: string, name: string, good: number, of: number, fact: boolean}} Line `fact`: to know of, no fault where it is not so
 */

/**
 * One line an item, in the order of the checklist.
 * @param {Item[]} items
 * @param {Totals} totals
 * @returns {Line[]}
 */
export function lines(items, totals) {
  return items.map((item) => ({
    id: item.id,
    name: item.name,
    good: totals.items[item.id]?.good ?? 0,
    of: totals.items[item.id]?.of ?? 0,
    fact: item.measure === "generator",
  }));
}

/**
 * Whether a site is one to look at for an item: it lacks it; for a fact (a generator) it has it.
 * @param {Item[]} items
 * @param {string} id
 * @returns {(row: SiteRow) => boolean}
 */
export function toLookAt(items, id) {
  const bit = items.findIndex((item) => item.id === id);
  const item = items[bit];
  if (!item) return () => false;
  return (row) => {
    if (item.pictures?.length && !item.pictures.includes(row.picture ?? "conference")) return false;
    const good = Math.floor((row.checks ?? 0) / 2 ** bit) % 2 === 1;
    return item.measure === "generator" ? good : !good;
  };
}
