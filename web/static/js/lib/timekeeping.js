// The browser's clocks and timers: the only place under lib that reads them for the device. Whole microseconds.

/** Two readings of wall minus monotonic clock further apart than this: the machine slept, or its wall clock was set. */
const JUMP = 1_500_000;
/** A worker's timers are not slowed down in a hidden tab. */
const WORKER = "/static/js/lib/timer_worker.js";

/** The monotonic clock. */
export function monotonic() {
  return Math.round(performance.now() * 1000);
}

/** The device's wall clock minus its monotonic clock. */
export function wallOffset() {
  return Date.now() * 1000 - monotonic();
}

/** Notices that the machine slept or its wall clock was set: whatever was derived from its monotonic clock is doubtful. */
export class SleepWatch {
  #last = wallOffset();

  /** Whether something happened since the last call. */
  noticed() {
    const now = wallOffset();
    const moved = Math.abs(now - this.#last) > JUMP;
    this.#last = now;
    return moved;
  }
}

/** The page's one timer thread, shared by all alarms; null where there is none. @type {Worker | null | undefined} */
let thread;
/** @type {Map<number, () => void>} */
const waiting = new Map();
let lastAlarm = 0;

/** One alarm that also rings on time in a hidden tab, where the page's own timers are slowed to once a minute. */
export class Alarm {
  #ring;
  #id = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /** @param {() => void} ring */
  constructor(ring) {
    this.#ring = ring;
  }

  /** Ring once after so many microseconds; a later call replaces the one before. @param {number} after */
  set(after) {
    this.clear();
    const milliseconds = Math.max(0, Math.ceil(after / 1000));
    const worker = timerThread();
    if (worker === null) {
      this.#timer = setTimeout(this.#ring, milliseconds);
      return;
    }
    lastAlarm += 1;
    this.#id = lastAlarm;
    waiting.set(this.#id, this.#ring);
    worker.postMessage({ id: this.#id, milliseconds });
  }

  clear() {
    clearTimeout(this.#timer);
    waiting.delete(this.#id);
  }
}

function timerThread() {
  if (thread !== undefined) return thread;
  if (typeof Worker === "undefined") return (thread = null);
  thread = new Worker(WORKER);
  thread.onmessage = ({ data }) => {
    const ring = waiting.get(data);
    waiting.delete(data);
    ring?.();
  };
  thread.onerror = () => {
    thread = null;
    const rings = [...waiting.values()];
    waiting.clear();
    for (const ring of rings) ring();
  };
  return thread;
}

/**
 * Wait for the first animation frame at or after a monotonic reading; where frames do not run (hidden tab) for the moment itself.
 * @param {number} reading
 * @returns {Promise<{framed: boolean}>} resolved inside the frame, before it is painted
 */
export function frameAt(reading) {
  return new Promise((resolve) => {
    const left = reading - monotonic();
    let over = false;
    const end = (/** @type {boolean} */ framed) => {
      if (over) return;
      over = true;
      alarm.clear();
      resolve({ framed });
    };
    // Two frames late at 30 Hz: then no frame is coming, and the state is put there for whoever opens the tab.
    const alarm = new Alarm(() => end(false));
    alarm.set(left + 67_000);
    const check = () => {
      if (over) return;
      if (monotonic() >= reading) end(true);
      else requestAnimationFrame(check);
    };
    if (left > 100_000) setTimeout(() => requestAnimationFrame(check), (left - 80_000) / 1000);
    else requestAnimationFrame(check);
  });
}
