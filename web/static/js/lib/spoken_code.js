// A code that is heard and not seen, to test the sound of a hall: spoken in Vietnamese where the browser has such a voice, else as
// groups of beeps to be counted. Made in the browser, so it also works without a network.

const GAP = 0.32;
const BETWEEN_GROUPS = 1.1;
/** Voices come late in some browsers; after this many ms without one there is none. */
const VOICES_WITHIN = 1200;
/** A synthesiser that has not ended by then never will. */
const SPOKEN_WITHIN = 12_000;

export class SpokenCode {
  /** @type {SpeechSynthesisVoice | null} */
  #voice = null;
  /** @type {AudioContext | null} */
  #audio = null;

  /** How codes are told here; beeps until a voice is found. @returns {"speech" | "tones"} */
  get way() {
    return this.#voice ? "speech" : "tones";
  }

  /** Look for a Vietnamese voice. */
  async prepare() {
    if (!("speechSynthesis" in globalThis)) return;
    this.#voice = vietnamese();
    if (this.#voice) return;
    await new Promise((resolve) => {
      speechSynthesis.addEventListener("voiceschanged", resolve, { once: true });
      setTimeout(resolve, VOICES_WITHIN);
    });
    this.#voice = vietnamese();
  }

  /**
   * To be called from a tap. Resolves when it was played.
   * @param {number[]} code
   */
  async play(code) {
    if (this.#voice) await this.#speak(code);
    else await this.#beep(code);
  }

  /** @param {number[]} code */
  #speak(code) {
    speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(code.join(", "));
    words.voice = this.#voice;
    words.lang = "vi-VN";
    words.rate = 0.75;
    return new Promise((resolve) => {
      words.onend = words.onerror = () => resolve(undefined);
      setTimeout(resolve, SPOKEN_WITHIN);
      speechSynthesis.speak(words);
    });
  }

  /** @param {number[]} code */
  async #beep(code) {
    this.#audio ??= new AudioContext();
    const audio = this.#audio;
    await audio.resume();
    let at = audio.currentTime + 0.15;
    for (const [group, count] of code.entries()) {
      for (let beep = 0; beep < count; beep += 1, at += GAP) tone(audio, group % 2 === 0 ? 660 : 880, at);
      at += BETWEEN_GROUPS - GAP;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, (at - audio.currentTime) * 1000);
    });
  }
}

function vietnamese() {
  return speechSynthesis.getVoices().find((voice) => /^vi([-_]|$)/i.test(voice.lang)) ?? null;
}

/** @param {AudioContext} audio @param {number} frequency @param {number} at */
function tone(audio, frequency, at) {
  const sound = new OscillatorNode(audio, { frequency, type: "triangle" });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.35, at + 0.015);
  gain.gain.setValueAtTime(0.35, at + 0.14);
  gain.gain.linearRampToValueAtTime(0, at + 0.18);
  sound.connect(gain).connect(audio.destination);
  sound.start(at);
  sound.stop(at + 0.2);
}
