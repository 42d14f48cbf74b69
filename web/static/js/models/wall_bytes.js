/**
 * What the painter of the wall is told: one byte a mark, its grade in the low bits, whether filter and search leave it out,
 * and whether it runs on its own power.
 *
 * @typedef {{names: string[], counts: number[], connected: number[], hurt: boolean[], marks: Uint8Array, calm: boolean}} WallPicture
 *   groups in order, then all marks; `calm`: nothing may move
 * @typedef {import("./wall_sites.js").WallSites} WallSites
 */

import { GRADES } from "./grades.js";

/** A mark's number is its grade's place here. */
export const MARK_GRADES = GRADES;
export const GRADE_BITS = 7;
export const DIM = 8;
/** It runs on a generator or on its battery. */
export const OWN_POWER = 16;

/**
 * @param {WallSites} sites
 * @param {boolean} calm
 * @returns {WallPicture}
 */
export function pictureOf(sites, calm) {
  const { groups } = sites;
  return {
    names: groups.map((group) => group.name),
    counts: groups.map((group) => group.count),
    connected: groups.map((group) => group.connected),
    hurt: groups.map((group) => sites.isHurt(group)),
    marks: bytesOf(sites),
    calm,
  };
}

/** @param {WallSites} sites */
function bytesOf({ grades, stands, ownPower }) {
  const bytes = new Uint8Array(grades.length);
  for (let mark = 0; mark < bytes.length; mark += 1) bytes[mark] = grades[mark] | (stands[mark] ? 0 : DIM);
  for (const mark of ownPower) bytes[mark] |= OWN_POWER;
  return bytes;
}
