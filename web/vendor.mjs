// Copies what the pages load from node_modules to web/vendor, so that the server and a hall serve it without any network.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "vendor");
const copies = [
  ["@noble/ed25519/index.js", "noble-ed25519.js"],
  ["idb/build/index.js", "idb.js"],
  ["uplot/dist/uPlot.esm.js", "uplot.js"],
  ["uplot/dist/uPlot.min.css", "uplot.css"],
  // The light build: no captions, no keys, no second sound tracks. Its worker is the whole build's.
  ["hls.js/dist/hls.light.min.mjs", "hls.js"],
  ["hls.js/dist/hls.worker.js", "hls.worker.js"],
];

rmSync(vendor, { recursive: true, force: true });
mkdirSync(join(vendor, "noble-hashes"), { recursive: true });
mkdirSync(join(vendor, "fonts"), { recursive: true });
for (const [from, to] of copies) cpSync(join(modules, from), join(vendor, to));
for (const name of ["sha2.js", "_md.js", "_u64.js", "utils.js", "hmac.js"]) {
  cpSync(join(modules, "@noble/hashes", name), join(vendor, "noble-hashes", name));
}
const fonts = join(modules, "@fontsource/be-vietnam-pro/files");
for (const name of readdirSync(fonts)) {
  if (/-(latin|latin-ext|vietnamese)-(400|600|800)-normal\.woff2$/.test(name)) cpSync(join(fonts, name), join(vendor, "fonts", name));
}
// For the printed sheets: fpdf2 embeds TrueType, and cuts it down to the letters used.
mkdirSync(join(vendor, "ttf"), { recursive: true });
for (const [folder, weight] of [["400Regular", "400"], ["600SemiBold", "600"], ["800ExtraBold", "800"]]) {
  const from = join(modules, "@expo-google-fonts/be-vietnam-pro", folder, `BeVietnamPro_${folder}.ttf`);
  cpSync(from, join(vendor, "ttf", `be-vietnam-pro-${weight}.ttf`));
}
