// How fast the line is each way: the mirror of site_agent/link/throughput.py and site_agent/throughput.py, which say what it costs.

export const DOWN_BYTES = 32 * 1024;
export const UP_BYTES = 16 * 1024;
const FIRST_WITHIN = 120_000;
const EVERY = 1_200_000;
const AGAIN_AFTER = 180_000;
const MOST_PROBES = 12;
const SLOW_UP_KBPS = 256;
const SLOW_DOWN_KBPS = 800;
const MOST_KBPS = 20_000;
const LEAST_SHARE = 0.1;
/** Milliseconds. */
const WITHIN = 20_000;
/** The page's connection is open: an empty request is one round trip, and so is what a slow start costs. */
const TURNS = 1;
const PATH = "/api/v1/link-probe";

/**
 * Kilobits a second.
 * @param {number} size bytes that went one way
 * @param {number} elapsed microseconds
 * @param {number} empty microseconds that a request without bytes takes
 * @param {number} turns
 */
export function kbps(size, elapsed, empty, turns) {
  const sending = Math.max(elapsed - empty * (1 + turns), elapsed * LEAST_SHARE, 1);
  return Math.min(MOST_KBPS, Math.round((size * 8_000) / sending));
}

/** @param {number | null} up @param {number | null} down @param {number} slowBefore @returns {number} milliseconds */
export function nextWait(up, down, slowBefore) {
  const slow = (up !== null && up < SLOW_UP_KBPS) || (down !== null && down < SLOW_DOWN_KBPS);
  return slow && slowBefore < 2 ? AGAIN_AFTER : EVERY;
}

/**
 * Measure now and then; nothing while `mayProbe` says no.
 * @param {string} as
 * @param {() => boolean} mayProbe
 * @param {(found: {up_kbps: number, down_kbps: number}) => void} tell
 */
export function watchThroughput(as, mayProbe, tell) {
  let probes = 0;
  let slow = 0;
  const turn = async () => {
    if (!mayProbe() || document.visibilityState !== "visible") return void setTimeout(turn, 30_000);
    const found = await measure(as).catch(() => null);
    if (!found) return void setTimeout(turn, 60_000);
    probes += 1;
    tell(found);
    const wait = nextWait(found.up_kbps, found.down_kbps, slow);
    slow = wait === AGAIN_AFTER ? slow + 1 : 0;
    if (probes < MOST_PROBES) setTimeout(turn, wait * (0.9 + 0.2 * Math.random()));
  };
  setTimeout(turn, FIRST_WITHIN * Math.random());
}

/** @param {string} as */
async function measure(as) {
  const headers = { "Diemcau-As": as };
  await timed(`${PATH}?empty=true`, { headers }); // opens the connection where there is none
  const empty = await timed(`${PATH}?empty=true`, { headers });
  const down = await timed(PATH, { headers });
  const noise = crypto.getRandomValues(new Uint8Array(UP_BYTES));
  const up = await timed(PATH, { method: "PUT", headers: { ...headers, "Content-Type": "application/octet-stream" }, body: noise });
  return { up_kbps: kbps(UP_BYTES, up, empty, TURNS), down_kbps: kbps(DOWN_BYTES, down, empty, TURNS) };
}

/** Microseconds; what was given up took at least as long. @param {string} path @param {RequestInit} how */
async function timed(path, how) {
  const began = performance.now();
  try {
    const answer = await fetch(path, { ...how, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(WITHIN) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`link probe: ${answer.status}`);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
  }
  return (performance.now() - began) * 1000;
}
