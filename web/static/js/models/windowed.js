/**
 * Which rows of a long list are worth having in the document: those in view and a few around them. Lengths in pixels.
 * @param {{total: number, rowHeight: number, scrollTop: number, height: number, around?: number}} view
 * @returns {{first: number, last: number}} half-open
 */
export function visibleRows({ total, rowHeight, scrollTop, height, around = 8 }) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - around);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + around);
  return { first: Math.min(first, last), last };
}
