// A button for an act that cannot wait for a question and must not happen by a slip: held until its bar is full.

/** How long, ms. Longer than any tap, and short enough for a launch that is seconds away. */
export const HOLD_MS = 600;
const STEPS = new Set(["Enter", " "]);

export class HoldButton {
  /**
   * @param {HTMLButtonElement} button
   * @param {{done: () => void, released: () => void, asked: () => void, changed?: () => void}} tell `done`: held to the end;
   *   `released`: let go before; `asked`: clicked by something that cannot hold (a screen reader, voice control)
   */
  constructor(button, tell) {
    this.button = button;
    this.tell = tell;
    /** `performance.now()` of the touch; null while nobody holds. @type {number | null} */
    this.since = null;
    this.timer = 0;
    button.addEventListener("pointerdown", (event) => event.button === 0 && this._begin(event));
    for (const type of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(type, () => this._release());
    button.addEventListener("keydown", (event) => {
      if (!STEPS.has(event.key)) return;
      event.preventDefault(); // else the browser makes a click of it
      if (!event.repeat) this._begin(event);
    });
    button.addEventListener("keyup", (event) => {
      if (!STEPS.has(event.key)) return;
      event.preventDefault();
      this._release();
    });
    button.addEventListener("click", (event) => event.detail === 0 && !button.disabled && tell.asked());
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  get held() {
    return this.since !== null;
  }

  /** @param {Event} event */
  _begin(event) {
    if (this.button.disabled || this.held) return;
    if (event.type === "pointerdown") this.button.focus({ preventScroll: true });
    this.since = performance.now();
    this.button.classList.add("is-held");
    navigator.vibrate?.(20);
    this.timer = window.setTimeout(() => this._done(), HOLD_MS);
    requestAnimationFrame(() => this._fill());
    this.tell.changed?.();
  }

  _fill() {
    if (this.since === null) return;
    if (this.button.disabled) {
      this._end();
      return;
    }
    this.button.style.setProperty("--held", String(Math.min(1, (performance.now() - this.since) / HOLD_MS)));
    requestAnimationFrame(() => this._fill());
  }

  _done() {
    this._end();
    if (this.button.disabled) return;
    navigator.vibrate?.(60);
    this.tell.done();
  }

  _release() {
    if (!this.held) return;
    this._end();
    this.tell.released();
  }

  _end() {
    window.clearTimeout(this.timer);
    this.since = null;
    this.button.classList.remove("is-held");
    this.button.style.removeProperty("--held");
    this.tell.changed?.();
  }
}
