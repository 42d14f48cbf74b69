/**
 * Names that only the staff's feed carries, put into what everybody's feed says. No DOM.
 *
 * @typedef {{closed_by: string, waived: Record<string, Record<string, string>>}} Names
 * @typedef {import("./launch.js").Cue} Cue
 */

/**
 * The cue with the names of those who agreed to go on, instead of their role and seat.
 * @param {Cue|null} cue
 * @param {Names|null} names
 * @returns {Cue|null}
 */
export function withNames(cue, names) {
  const waived = cue ? names?.waived[cue.cue] : undefined;
  if (!cue || !waived) return cue;
  return { ...cue, required: cue.required.map((site) => (site.waived_by && waived[site.site] ? { ...site, waived_by: waived[site.site] } : site)) };
}
