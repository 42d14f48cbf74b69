// The painter that the head of the page has started, or one of our own where that script did not come.

const started = /** @type {{wallPainter?: Worker}} */ (/** @type {unknown} */ (globalThis)).wallPainter;

export const worker = started ?? new Worker(new URL("./wall_painter_worker.js", import.meta.url), { type: "module" });
