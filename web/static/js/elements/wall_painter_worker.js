// The worker of the wall: a painter, told by the page what to show.

// What the painter imports is named here too: a worker is told of no modules beforehand, and would find them one after another.
import "../lib/i18n.js";
import "../models/grades.js";
import "../models/unit_names.js";
import "../models/wall_bytes.js";
import "../models/wall_geometry.js";
import "../models/wall_layout.js";
import "./marks.js";
import { WallPainter } from "./wall_painter.js";

const FONTS = "/static/vendor/fonts/be-vietnam-pro";
const VIETNAMESE = "U+0102-0103, U+0110-0111, U+0128-0129, U+0168-0169, U+01A0-01A1, U+01AF-01B0, U+0300-0301, U+0303-0304, U+0308-0309, U+0323, U+0329, U+1EA0-1EF9";

/** @type {WallPainter | undefined} */
let painter;

self.onmessage = ({ data }) => {
  if (data.canvas) begin(data);
  if (data.size) painter?.resize(data.size.width, data.size.height, data.size.scale);
  if (data.picture) painter?.show(data.picture);
};

/** @param {{canvas: OffscreenCanvas, colours: import("./wall_painter.js").Colours}} told */
function begin({ canvas, colours }) {
  painter = new WallPainter(canvas, colours, {
    setTimer: (tick) => void requestAnimationFrame(tick),
    now: () => performance.now(),
    moved: (layout) => self.postMessage({ layout }),
    painted: () => self.postMessage({ painted: true }),
  });
  void loadFonts().then(() => painter?.name());
}

/** The same files as the page's; a browser whose workers have no fonts draws the headings in its own. */
async function loadFonts() {
  const fonts = /** @type {FontFaceSet | undefined} */ (/** @type {any} */ (self).fonts);
  if (!fonts) return;
  const faces = ["400", "600"].flatMap((weight) => [
    new FontFace("Be Vietnam Pro", `url("${FONTS}-latin-${weight}-normal.woff2")`, { weight }),
    new FontFace("Be Vietnam Pro", `url("${FONTS}-vietnamese-${weight}-normal.woff2")`, { weight, unicodeRange: VIETNAMESE }),
  ]);
  for (const face of faces) fonts.add(face);
  await Promise.allSettled(faces.map((face) => face.load()));
}
