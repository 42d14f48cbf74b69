// The marks of the grades. Each has a shape of its own, readable without colour: disc, half disc, ring with a dot, open
// ring, cross, small dot. Drawn on a canvas for the wall, as SVG everywhere else; both from the same proportions.

/**
 * @typedef {import("../models/grades.js").Grade} Grade
 */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<Grade, string>} */
const TOKENS = { up: "--up", unstable: "--unstable", degraded: "--degraded", stale: "--stale", down: "--down", never_seen: "--never" };

/**
 * The colours of the grades in the theme of the page.
 * @returns {Record<Grade, string>}
 */
export function gradeColours() {
  const style = getComputedStyle(document.body);
  return /** @type {Record<Grade, string>} */ (
    Object.fromEntries(Object.entries(TOKENS).map(([grade, token]) => [grade, style.getPropertyValue(token).trim()]))
  );
}

/**
 * Draw a mark around the origin of the context.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {Grade} grade
 * @param {number} radius
 * @param {string} colour
 */
export function drawMark(context, grade, radius, colour) {
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, radius * 0.28);
  context.lineCap = "round";
  context.beginPath();
  switch (grade) {
    case "up":
      context.arc(0, 0, radius, 0, 7);
      context.fill();
      return;
    case "unstable":
      context.arc(0, 0, radius - context.lineWidth / 2, 0, 7);
      context.stroke();
      context.beginPath();
      context.arc(0, 0, radius, -Math.PI / 2, Math.PI / 2);
      context.fill();
      return;
    case "degraded":
      context.arc(0, 0, radius - context.lineWidth / 2, 0, 7);
      context.stroke();
      context.beginPath();
      context.arc(0, 0, radius * 0.36, 0, 7);
      context.fill();
      return;
    case "stale":
      context.arc(0, 0, radius - context.lineWidth / 2, 0, 7);
      context.stroke();
      return;
    case "down": {
      const arm = radius * 0.78;
      context.lineWidth = Math.max(1.2, radius * 0.4);
      context.moveTo(-arm, -arm);
      context.lineTo(arm, arm);
      context.moveTo(arm, -arm);
      context.lineTo(-arm, arm);
      context.stroke();
      return;
    }
    case "never_seen":
      context.arc(0, 0, Math.max(0.8, radius * 0.42), 0, 7);
      context.fill();
  }
}

/**
 * A mark as a small picture; `aria-hidden`, words stand beside it.
 * @param {Grade} grade
 */
export function markIcon(grade) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-10 -10 20 20");
  svg.setAttribute("class", "mark");
  svg.setAttribute("aria-hidden", "true");
  shapeInto(svg, grade);
  return svg;
}

/**
 * Put the shape of another grade into an icon.
 * @param {SVGElement} svg
 * @param {Grade} grade
 */
export function shapeInto(svg, grade) {
  if (svg.dataset.grade === grade) return;
  svg.dataset.grade = grade;
  svg.replaceChildren(...shapes(grade));
}

/** @param {Grade} grade */
function shapes(grade) {
  const colour = `var(${TOKENS[grade]})`;
  const ring = () => shape("circle", { r: "8", fill: "none", stroke: colour, "stroke-width": "3" });
  switch (grade) {
    case "up":
      return [shape("circle", { r: "9", fill: colour })];
    case "unstable":
      return [ring(), shape("path", { d: "M0-9a9 9 0 0 1 0 18z", fill: colour })];
    case "degraded":
      return [ring(), shape("circle", { r: "3.2", fill: colour })];
    case "stale":
      return [ring()];
    case "down":
      return [shape("path", { d: "M-7-7 7 7M7-7-7 7", fill: "none", stroke: colour, "stroke-width": "3.8", "stroke-linecap": "round" })];
    case "never_seen":
      return [shape("circle", { r: "3.8", fill: colour })];
  }
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
