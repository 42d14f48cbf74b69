// What the server wrote into the page about who is looking at it.

/** @param {string} name */
function meta(name) {
  return document.querySelector(`meta[name="diemcau-${name}"]`)?.getAttribute("content") ?? "";
}

/** The session of this page: `as` names the cookie, the rest is what its link was made for. */
export const session = { as: meta("as"), role: meta("role"), site: meta("site"), seat: meta("seat") };

/**
 * The element with that id, which the template promises.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the template has no #${id}`);
  return element;
}

/**
 * A small element made in one line; text only, never HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{class?: string, text?: string, attributes?: Record<string, string>}} [options]
 * @param {Array<Node|string>} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, options = {}, children = []) {
  const element = document.createElement(tag);
  if (options.class) element.className = options.class;
  if (options.text !== undefined) element.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Sets an attribute only where it differs, so that no style is worked out again for the same value.
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Sets text only where it differs, so that nothing is laid out again for the same words; other words take the place of those
 * that stand there, which is less work for the browser than a new piece of text.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  const only = element.firstChild;
  if (only instanceof Text && only === element.lastChild && text !== "") {
    if (only.data !== text) only.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}
