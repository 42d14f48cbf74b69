/**
 * Where every mark of the wall stands. Groups are blocks in roster order; the marks are as large as lets the whole
 * ceremony stand on the screen at once, 433 or 5,000. Lengths are CSS pixels.
 *
 * Two arrangements are tried and the one with larger marks is taken: a grid of equal columns, which reads calmly and
 * suits groups of like size, and a flow of blocks as wide as they need, which wastes nothing when sizes differ much.
 *
 * @typedef {{x: number, y: number, width: number, height: number, columns: number, first: number, count: number}} Block
 * @typedef {{pitch: number, header: number, padding: number, blocks: Block[], width: number, height: number}} Layout
 * @typedef {{header: number, padding: number, gap: number, narrowest: number}} Dress
 */

const LARGEST_PITCH = 34;
const SMALLEST_PITCH = 3;
/** Marks this large are read without effort: above it room for names is worth more than larger marks. */
const COMFORTABLE_PITCH = 16;
/** A flow must make marks this much larger to be preferred to the calmer grid. */
const FLOW_GAIN = 1.2;
/** Width over height of a block that looks settled. */
const ASPECT = 1.45;

/** @type {(Dress & {worth: number})[]} from generous to bare, as the groups grow many */
const DRESSES = [
  { header: 34, padding: 12, gap: 9, narrowest: 168, worth: 1 },
  { header: 26, padding: 8, gap: 6, narrowest: 112, worth: 0.95 },
  { header: 18, padding: 5, gap: 4, narrowest: 76, worth: 0.85 },
  { header: 0, padding: 3, gap: 3, narrowest: 12, worth: 0.6 },
];

/**
 * @param {number[]} counts marks of each group, in order
 * @param {number} width
 * @param {number} height
 * @returns {Layout}
 */
export function layOut(counts, width, height) {
  let best = bare(counts, width, height);
  let most = comfort(best.pitch) * 0.5;
  for (const dress of DRESSES) {
    const found = better(grid(counts, width, height, dress), () => flow(counts, width, height, dress));
    if (!found || comfort(found.pitch) * dress.worth <= most) continue;
    best = found;
    most = comfort(found.pitch) * dress.worth;
    if (found.pitch >= COMFORTABLE_PITCH) break;
  }
  return best;
}

/**
 * How tall the wall must be on a screen that scrolls, so that a finger finds a mark: for the number of columns that needs least.
 * @param {number[]} counts
 * @param {number} width
 * @param {number} pitch the least
 */
export function heightFor(counts, width, pitch) {
  const dress = DRESSES[1];
  let least = Infinity;
  for (let columns = 1; columns <= 3; columns += 1) {
    const inner = (width - dress.gap * (columns - 1)) / columns - dress.padding * 2;
    if (inner < Math.max(pitch, dress.narrowest - dress.padding * 2)) break;
    const across = Math.floor(inner / pitch);
    least = Math.min(least, gridHeights(counts, columns, across, inner / across, dress).total);
  }
  return Math.ceil(least);
}

/**
 * What a pitch is worth: all of it while marks are small, little above comfortable.
 * @param {number} pitch
 */
function comfort(pitch) {
  return Math.min(pitch, COMFORTABLE_PITCH) + Math.max(0, pitch - COMFORTABLE_PITCH) * 0.2;
}

/**
 * @param {Layout | null} calm
 * @param {() => Layout | null} makeDense made only where the calm one has small marks
 */
function better(calm, makeDense) {
  if (calm && calm.pitch >= COMFORTABLE_PITCH) return calm;
  const dense = makeDense();
  return dense && (!calm || dense.pitch > calm.pitch * FLOW_GAIN) ? dense : calm;
}

/**
 * Equal columns: for every number of columns the largest pitch that fits; of those the one whose marks are largest and
 * whose blocks look settled.
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @param {Dress} dress
 * @returns {Layout | null}
 */
function grid(counts, width, height, dress) {
  const most = Math.min(counts.length, Math.floor((width + dress.gap) / (dress.narrowest + dress.gap)));
  /** @type {{pitch: number, columns: number, across: number} | null} */
  let best = null;
  let highest = -Infinity;
  for (let columns = 1; columns <= most; columns += 1) {
    const found = largestPitch(counts, width, height, columns, dress);
    if (!found) continue;
    const rows = Math.ceil(counts.length / columns);
    const shape = Math.abs(Math.log(width / columns / (height / rows) / ASPECT));
    const score = comfort(found.pitch) * (1 - 0.12 * shape) - (rows * columns - counts.length) / columns;
    if (score > highest) [best, highest] = [{ ...found, columns }, score];
  }
  return best && placeGrid(counts, width, height, dress, best);
}

/**
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @param {number} columns
 * @param {Dress} dress
 */
function largestPitch(counts, width, height, columns, dress) {
  const inner = (width - dress.gap * (columns - 1)) / columns - dress.padding * 2;
  const across = Math.max(1, Math.floor(inner / LARGEST_PITCH));
  for (let marks = across; inner / marks >= SMALLEST_PITCH; marks += 1) {
    const pitch = Math.min(LARGEST_PITCH, inner / marks);
    if (gridHeights(counts, columns, marks, pitch, dress).total <= height) return { pitch, across: marks };
  }
  return null;
}

/**
 * @param {number[]} counts
 * @param {number} columns
 * @param {number} across
 * @param {number} pitch
 * @param {Dress} dress
 */
function gridHeights(counts, columns, across, pitch, dress) {
  const rows = [];
  let total = -dress.gap;
  for (let first = 0; first < counts.length; first += columns) {
    const tallest = Math.max(...counts.slice(first, first + columns).map((count) => Math.ceil(count / across)), 1);
    const height = dress.header + tallest * pitch + dress.padding;
    rows.push(height);
    total += height + dress.gap;
  }
  return { rows, total };
}

/**
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @param {Dress} dress
 * @param {{pitch: number, columns: number, across: number}} chosen
 * @returns {Layout}
 */
function placeGrid(counts, width, height, dress, { pitch, columns, across }) {
  const { rows, total } = gridHeights(counts, columns, across, pitch, dress);
  const spare = Math.max(0, height - total) / rows.length;
  const wide = (width - dress.gap * (columns - 1)) / columns;
  /** @type {Block[]} */
  const blocks = [];
  let first = 0;
  let y = 0;
  counts.forEach((count, index) => {
    const column = index % columns;
    const row = Math.floor(index / columns);
    if (column === 0 && row > 0) y += rows[row - 1] + spare + dress.gap;
    blocks.push({ x: column * (wide + dress.gap), y, width: wide, height: rows[row] + spare, columns: across, first, count });
    first += count;
  });
  return { pitch, header: dress.header, padding: dress.padding, blocks, width, height };
}

/**
 * Blocks as wide as they need, in lines of one height: for each number of marks down a block, the largest pitch whose
 * lines fit.
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @param {Dress} dress
 * @returns {Layout | null}
 */
function flow(counts, width, height, dress) {
  const largest = Math.max(1, ...counts);
  /** @type {{pitch: number, lines: Line[]} | null} */
  let best = null;
  for (let down = 1; down <= Math.min(60, largest); down += Math.ceil(down / 8)) {
    /** @type {number} */
    let low = best?.pitch ?? SMALLEST_PITCH;
    let high = LARGEST_PITCH;
    while (high - low > 0.25) {
      const pitch = (low + high) / 2;
      const lines = pack(counts, width, pitch, down, dress);
      const tall = lines && lines.length * (dress.header + down * pitch + dress.padding + dress.gap) - dress.gap;
      if (lines && tall !== null && tall <= height) {
        best = { pitch, lines };
        low = pitch;
      } else high = pitch;
    }
  }
  return best && placeFlow(counts, width, height, dress, best.pitch, best.lines);
}

/** @typedef {{members: {index: number, columns: number, width: number}[], width: number}} Line */

/**
 * @param {number[]} counts
 * @param {number} width
 * @param {number} pitch
 * @param {number} down
 * @param {Dress} dress
 * @returns {Line[] | null} null when one block alone is too wide
 */
function pack(counts, width, pitch, down, dress) {
  /** @type {Line[]} */
  const lines = [{ members: [], width: 0 }];
  for (const [index, count] of counts.entries()) {
    const columns = Math.max(1, Math.ceil(count / down));
    const needed = Math.max(dress.narrowest, columns * pitch + dress.padding * 2);
    if (needed > width) return null;
    let line = lines[lines.length - 1];
    if (line.members.length > 0 && line.width + dress.gap + needed > width) lines.push((line = { members: [], width: 0 }));
    line.width += needed + (line.members.length > 0 ? dress.gap : 0);
    line.members.push({ index, columns, width: needed });
  }
  return lines;
}

/**
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @param {Dress} dress
 * @param {number} pitch
 * @param {Line[]} lines
 * @returns {Layout}
 */
function placeFlow(counts, width, height, dress, pitch, lines) {
  const tall = (height - dress.gap * (lines.length - 1)) / lines.length;
  /** @type {Block[]} */
  const blocks = [];
  let first = 0;
  lines.forEach((line, row) => {
    const last = row === lines.length - 1;
    const stretch = last && line.width < width * 0.7 ? 0 : (width - line.width) / line.members.length;
    let x = 0;
    for (const { index, width: needed } of line.members) {
      const wide = needed + stretch;
      const columns = Math.max(1, Math.floor((wide - dress.padding * 2) / pitch + 1e-6));
      blocks.push({ x, y: row * (tall + dress.gap), width: wide, height: tall, columns, first, count: counts[index] });
      first += counts[index];
      x += wide + dress.gap;
    }
  });
  return { pitch, header: dress.header, padding: dress.padding, blocks, width, height };
}

/**
 * A window too small for anything else: groups follow each other without headings.
 * @param {number[]} counts
 * @param {number} width
 * @param {number} height
 * @returns {Layout}
 */
function bare(counts, width, height) {
  let pitch = LARGEST_PITCH;
  let columns = 1;
  for (; pitch > 1; pitch -= 0.5) {
    columns = Math.max(1, Math.floor(width / pitch));
    const lines = counts.reduce((sum, count) => sum + Math.max(1, Math.ceil(count / columns)), 0);
    if (lines * pitch <= height) break;
  }
  /** @type {Block[]} */
  const blocks = [];
  let line = 0;
  let first = 0;
  for (const count of counts) {
    const lines = Math.max(1, Math.ceil(count / columns));
    blocks.push({ x: 0, y: line * pitch, width, height: lines * pitch, columns, first, count });
    line += lines;
    first += count;
  }
  return { pitch, header: 0, padding: 0, blocks, width, height };
}
