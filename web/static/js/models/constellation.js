/**
 * Where the lamps of the launch stand: one cluster a group on an ellipse around the title. Pure geometry in a space whose
 * width and height are given; no lamp ever moves when another is lit, unless the scale has to step down.
 *
 * @typedef {{name: string, lit: number}} GroupLamps
 * @typedef {{x: number, y: number}} Point
 * @typedef {{centres: Point[], spacing: number, ring: boolean, width: number, height: number}} Layout
 */

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
/** Share of the half width and half height at which clusters stand. */
const REACH = { x: 0.87, y: 0.83 };
/** Below this number of groups clusters would leave holes in the circle: the lamps make one ring instead. */
const FEWEST_CLUSTERS = 6;
/** A wider spacing than this share of the height (of a 16:9 picture that fits) would look like a few lost dots. */
const WIDEST = 0.0142;

/**
 * The places of all groups, and the distance between neighbouring lamps.
 * @param {GroupLamps[]} groups in the order in which they stand around, from the top
 * @param {number} width
 * @param {number} height
 * @returns {Layout}
 */
export function layout(groups, width, height) {
  const ring = groups.length < FEWEST_CLUSTERS;
  const rx = (width / 2) * REACH.x;
  const ry = (height / 2) * REACH.y;
  const centres = groups.map((_, index) => onEllipse(rx, ry, index / groups.length, width, height));
  const scale = Math.min(height, (width * 9) / 16);
  return { centres, spacing: spacing(groups, rx, ry, scale, ring), ring, width, height };
}

/**
 * The place of one lamp of a group.
 * @param {Layout} places
 * @param {number} group
 * @param {number} lamp from 0, in the order in which they were lit
 * @returns {Point}
 */
export function lampAt(places, group, lamp) {
  if (places.ring) return onRing(places, group * 613 + lamp);
  const centre = places.centres[group];
  // Vogel's sunflower: every prefix of the sequence is an even disc.
  const distance = places.spacing * Math.sqrt(lamp + 0.35);
  const angle = lamp * GOLDEN_ANGLE + group;
  return { x: centre.x + distance * Math.cos(angle), y: centre.y + distance * Math.sin(angle) };
}

/**
 * Points at equal distances along an ellipse, the first at the top, clockwise.
 * @param {number} rx @param {number} ry @param {number} share 0 to 1 of the circumference
 * @param {number} width @param {number} height
 * @returns {Point}
 */
function onEllipse(rx, ry, share, width, height) {
  const angle = angleAtShare(rx, ry, share) - Math.PI / 2;
  return { x: width / 2 + rx * Math.cos(angle), y: height / 2 + ry * Math.sin(angle) };
}

/**
 * The angle whose arc from the top is that share of the circumference: summed in small steps, exact enough for lamps.
 * @param {number} rx @param {number} ry @param {number} share
 */
function angleAtShare(rx, ry, share) {
  const steps = 360;
  const lengths = [0];
  for (let step = 1; step <= steps; step += 1) {
    const from = ((step - 1) / steps) * 2 * Math.PI;
    const to = (step / steps) * 2 * Math.PI;
    // From the top: x goes with the sine, y with the cosine.
    const across = rx * (Math.sin(to) - Math.sin(from));
    const down = ry * (Math.cos(to) - Math.cos(from));
    lengths.push(lengths[step - 1] + Math.hypot(across, down));
  }
  const wanted = share * lengths[steps];
  const after = lengths.findIndex((length) => length >= wanted);
  if (after <= 0) return 0;
  const part = (wanted - lengths[after - 1]) / (lengths[after] - lengths[after - 1]);
  return ((after - 1 + part) / steps) * 2 * Math.PI;
}

/** @param {Layout} places @param {number} index */
function onRing(places, index) {
  const angle = index * GOLDEN_ANGLE - Math.PI / 2;
  const spread = 0.8 + 0.24 * fraction(index * 0.754877666);
  return {
    x: places.width / 2 + (places.width / 2) * REACH.x * spread * Math.cos(angle),
    y: places.height / 2 + (places.height / 2) * REACH.y * spread * Math.sin(angle),
  };
}

/**
 * As wide as lets every cluster fit its stretch of the ellipse; stepped, so that growth rarely moves what is lit.
 * @param {GroupLamps[]} groups @param {number} rx @param {number} ry @param {number} scale @param {boolean} ring
 */
function spacing(groups, rx, ry, scale, ring) {
  const widest = WIDEST * scale;
  if (ring || groups.length === 0) return widest;
  const circumference = Math.PI * (3 * (rx + ry) - Math.sqrt((3 * rx + ry) * (rx + 3 * ry)));
  const stretch = circumference / groups.length;
  const most = Math.max(...groups.map((group) => group.lit), 1);
  const mean = groups.reduce((sum, group) => sum + group.lit, 0) / groups.length;
  // A large group may lean over its neighbours a little, the average one may not.
  const fitting = Math.min(stretch / 2 / Math.sqrt(mean + 1), (0.19 * scale) / Math.sqrt(most), stretch / 1.1 / Math.sqrt(most));
  let chosen = widest;
  while (chosen > fitting) chosen /= Math.SQRT2;
  return chosen;
}

/** @param {number} value */
function fraction(value) {
  return value - Math.floor(value);
}
