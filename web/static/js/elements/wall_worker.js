// Imports nothing, so that the worker and its own modules are on their way before the page's are all here.

export const worker = new Worker(new URL("./wall_painter_worker.js", import.meta.url), { type: "module" });
