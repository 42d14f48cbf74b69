// Keys of a console: which ones are meant for the page, and which for what has the focus.

/** Whether somebody types there. @param {EventTarget | null} target */
export function isTypingIn(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** Whether the element does something of its own with Space and Enter. @param {EventTarget | null} target */
export function isActivated(target) {
  return target instanceof HTMLElement && ["BUTTON", "A", "SUMMARY"].includes(target.tagName);
}

/** A press that must be repeated to count, so that a key hit by accident does nothing. Milliseconds. */
export const GUARD = { least: 250, most: 5000 };

export class Guard {
  #armed = "";
  #at = 0;

  /**
   * @param {string} what
   * @param {number} now milliseconds of a monotonic clock
   * @returns {boolean} whether this press repeats the one before and counts
   */
  press(what, now) {
    const since = now - this.#at;
    if (this.#armed === what && since <= GUARD.most) {
      if (since < GUARD.least) return false; // a bouncing key or a double click
      this.#armed = "";
      return true;
    }
    this.#armed = what;
    this.#at = now;
    return false;
  }

  /** What waits for its second press; empty when nothing does. @param {number} now */
  waiting(now) {
    if (this.#armed && now - this.#at > GUARD.most) this.#armed = "";
    return this.#armed;
  }

  clear() {
    this.#armed = "";
  }
}
