// The bell of the wall: one tap lets it sound, another mutes it. Its sounds are made here, one for each severity.

import { t } from "../lib/i18n.js";
import { setText } from "../lib/page.js";
import { Alarm } from "../models/alarm.js";

/** (frequency in Hz, seconds after the begin, seconds long, loudness): rising and twice, falling, one soft. */
const NOTES = {
  incident: [[659, 0, 0.16, 0.22], [880, 0.17, 0.16, 0.22], [1175, 0.34, 0.3, 0.22], [659, 0.8, 0.16, 0.22], [880, 0.97, 0.16, 0.22], [1175, 1.14, 0.36, 0.22]],
  down: [[740, 0, 0.2, 0.18], [554, 0.22, 0.34, 0.18]],
  weak: [[587, 0, 0.28, 0.09]],
};

export class WallBell {
  /** @param {HTMLButtonElement} button @param {() => number} now */
  constructor(button, now) {
    this._button = button;
    this._now = now;
    /** @type {import("../models/attention.js").Matter[] | null} */
    this._urgent = null;
    this._alarm = new Alarm();
    /** @type {AudioContext | null} */
    this._audio = null;
    this._on = false;
    /** What was played, for tests and for the curious. @type {string[]} */
    this.played = [];
    button.addEventListener("click", () => this._toggle());
    this._draw();
    setInterval(() => this._listen(), 1000); // what waits for its second ring
  }

  /** What needs a person now. @param {import("../models/attention.js").Matter[]} urgent */
  hear(urgent) {
    this._urgent = urgent;
    this._listen();
  }

  _listen() {
    const sound = this._urgent && this._alarm.hear(this._urgent, this._now());
    if (sound && this._on) this._play(sound);
  }

  _toggle() {
    this._on = !this._on;
    if (this._on) {
      this._audio ??= new AudioContext();
      void this._audio.resume();
      this._play("weak");
    }
    this._draw();
  }

  /** @param {keyof typeof NOTES} sound */
  _play(sound) {
    this.played.push(sound);
    this._button.dataset.played = sound;
    const audio = this._audio;
    if (!audio) return;
    for (const [frequency, begin, length, loudness] of NOTES[sound]) note(audio, frequency, audio.currentTime + begin, length, loudness);
  }

  _draw() {
    this._button.setAttribute("aria-pressed", String(this._on));
    const words = this._on ? t("Tắt chuông báo") : t("Bật chuông báo");
    this._button.setAttribute("aria-label", words);
    this._button.title = words;
    setText(/** @type {Element} */ (this._button.querySelector("span")), this._on ? t("Chuông") : t("Bật chuông"));
  }
}

/** @param {AudioContext} audio @param {number} frequency @param {number} at @param {number} length @param {number} loudness */
function note(audio, frequency, at, length, loudness) {
  const tone = new OscillatorNode(audio, { frequency, type: "triangle" });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + length + 0.02);
}
