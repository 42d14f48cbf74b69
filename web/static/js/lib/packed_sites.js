// The snapshot of all sites by HTTP. The address is the one that the template preloads: it must stay the same letter by letter.

const PATIENCE = 8_000;

/**
 * @param {string} as
 * @returns {() => Promise<import("../models/packed_rows.js").Packed>} throws where there is none
 */
export function packedSites(as) {
  return async () => {
    const answer = await fetch(`/api/v1/feeds/sites?as=${as}`, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`snapshot: ${answer.status}`);
    return answer.json();
  };
}
