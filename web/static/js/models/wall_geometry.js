/**
 * Where a mark is on the laid-out wall, which mark is at a point, and where an arrow key leads.
 *
 * @typedef {import("./wall_layout.js").Layout} Layout
 */

/**
 * The centre of a mark.
 * @param {Layout} layout
 * @param {number} block
 * @param {number} mark index among all marks
 */
export function centreOf(layout, block, mark) {
  const { x, y, columns, first } = layout.blocks[block];
  const place = mark - first;
  const { pitch, header, padding } = layout;
  return {
    x: x + padding + ((place % columns) + 0.5) * pitch,
    y: y + (header || padding) + (Math.floor(place / columns) + 0.5) * pitch,
  };
}

/**
 * The mark under a point, or -1.
 * @param {Layout} layout
 * @param {number} x
 * @param {number} y
 */
export function markAt(layout, x, y) {
  const block = layout.blocks.find((each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height);
  if (!block) return -1;
  const column = Math.floor((x - block.x - layout.padding) / layout.pitch);
  const row = Math.floor((y - block.y - (layout.header || layout.padding)) / layout.pitch);
  const place = row * block.columns + column;
  return column >= 0 && column < block.columns && row >= 0 && place < block.count ? block.first + place : -1;
}

/**
 * The mark an arrow key leads to: the nearest one that lies that way, counting sideways distance double.
 * @param {Layout} layout
 * @param {number} from index of the mark, or -1 to begin with the first
 * @param {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End"} key
 */
export function neighbour(layout, from, key) {
  const total = layout.blocks.reduce((sum, block) => sum + block.count, 0);
  if (total === 0) return -1;
  if (from < 0 || key === "Home") return 0;
  if (key === "End") return total - 1;
  if (key === "ArrowLeft" || key === "ArrowRight") return Math.min(total - 1, Math.max(0, from + (key === "ArrowRight" ? 1 : -1)));
  const way = key === "ArrowDown" ? 1 : -1;
  const start = centreOf(layout, blockOf(layout, from), from);
  let best = from;
  let nearest = Infinity;
  layout.blocks.forEach((block, index) => {
    for (let mark = block.first; mark < block.first + block.count; mark += 1) {
      const centre = centreOf(layout, index, mark);
      const ahead = (centre.y - start.y) * way;
      if (ahead < layout.pitch / 2) continue;
      const distance = ahead + Math.abs(centre.x - start.x) * 2;
      if (distance < nearest) [best, nearest] = [mark, distance];
    }
  });
  return best;
}

/**
 * The block a mark belongs to.
 * @param {Layout} layout
 * @param {number} mark
 */
export function blockOf(layout, mark) {
  return layout.blocks.findIndex((block) => mark >= block.first && mark < block.first + block.count);
}
