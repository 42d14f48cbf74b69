// A plain script that the head of /wall runs before anything else: the painter and its modules are on their way beside the page's.
// elements/wall_worker.js takes it over.

Object.assign(self, { wallPainter: new Worker("/static/js/elements/wall_painter_worker.js", { type: "module" }) });
