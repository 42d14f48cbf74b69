// Which sites have not yet read or opened what they were given: asked for when somebody unfolds it.

import { read } from "../lib/api.js";
import { make } from "../lib/page.js";

/** @param {string} summary @param {string} path answers `{sites: [{code, name, group}]}` */
export function awaitedList(summary, path) {
  const list = make("ul", { class: "notice-unread" });
  const details = make("details", {}, [make("summary", { text: summary }), list]);
  details.addEventListener("toggle", () => {
    if (details.open) void draw(list, path);
  });
  return details;
}

/** @param {HTMLElement} list @param {string} path */
async function draw(list, path) {
  try {
    const { sites } = await read(path);
    list.replaceChildren(...sites.map((/** @type {any} */ site) => make("li", { class: "small", text: `${site.name} · ${site.group} (${site.code})` })));
  } catch (error) {
    list.replaceChildren(make("li", { class: "small field-error", text: /** @type {Error} */ (error).message }));
  }
}
