// The checklist before the day, one item at a time: what the page can measure it measures, the rest is asked in plain words.

import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { SpokenCode } from "../lib/spoken_code.js";
import { gradeName } from "../models/grades.js";
import { batteryAnswer, foundBy, isDone, isHeard, isNews, itemsFor, KIND, nextItem, soundCode, tally } from "../models/site_ready.js";
import { conferenceLines } from "./conference_room.js";

/** What was put off stays so when the page is opened again in the same tab. */
const LATER = "diemcau-ready-later";
/** Measurements are told again by themselves at most this often, in ms: the journal is for news. */
const TELL_EVERY = 5 * 60_000;

/**
 * @typedef {import("../models/site_ready.js").Item} Item
 * @typedef {import("../models/site_ready.js").Answer} Answer
 * @typedef {import("../models/site_ready.js").Standing} Standing
 * @typedef {import("../models/site_form.js").SiteRow & {picture?: string, reason?: string}} SiteRow
 * @typedef {{checklist: {items: Item[]} | null, told: import("../models/site_ready.js").SiteReadiness | null,
 *   site: SiteRow | null, entries: import("../lib/outbox.js").Entry[], conference: {url: string, password: string} | null}} Facts
 */

export class SiteReady {
  #report;
  #leave;
  #unlock;
  #power;
  #code = new SpokenCode();
  /** @type {number[]} the code that was played last */
  #played = [];
  #putOff = new Set(keptLater());
  /** The item the person opened from the list. @type {string | null} */
  #chosen = null;
  #drawn = "";
  #told = 0;
  /** @type {Item[]} */
  #items = [];
  /** @type {Record<string, Standing>} */
  #found = {};
  /** @type {Facts} */
  #facts = { checklist: null, told: null, site: null, entries: [], conference: null };

  /**
   * @param {import("../lib/unlock.js").Unlock} unlock
   * @param {import("../lib/power.js").Power} power
   * @param {{report: (kind: string, fields: Record<string, unknown>) => Promise<unknown>, leave: () => void}} doors
   */
  constructor(unlock, power, { report, leave }) {
    this.#unlock = unlock;
    this.#power = power;
    this.#report = report;
    this.#leave = leave;
    void this.#code.prepare().then(() => this.#redraw());
  }

  /** Whether there is anything left to ask that was not put off in this visit. */
  get asks() {
    return nextItem(this.#items, this.#found, this.#putOff) !== null;
  }

  /** The words of the way in, and whether all is done; empty where there is nothing to check. */
  get summary() {
    const { done, of } = tally(this.#items, this.#found);
    return of === 0 ? null : { words: t("Sẵn sàng {done}/{of}", { done, of }), done: done === of };
  }

  /** A running generator, as the site last said. */
  get onGenerator() {
    const item = this.#items.find((each) => each.measure === "generator");
    return item !== undefined && this.#found[item.id]?.good === true;
  }

  /** @param {Facts} facts */
  show(facts) {
    this.#facts = facts;
    this.#items = itemsFor(facts.checklist?.items ?? [], facts.site?.picture ?? "conference");
    this.#found = foundBy(facts.told, facts.entries);
    const link = this.#items.find((item) => item.measure === "link");
    if (link && facts.site && facts.site.grade !== "never_seen") {
      this.#found[link.id] = { good: facts.site.grade === "up", at: 0, by: "system", measured: true };
    }
    this.#redraw();
  }

  /** The person opens the checklist: what can be measured is measured now. */
  open() {
    this.#chosen = null;
    this.#putOff.clear();
    this.#keepLater();
    void this.#measure(true);
    this.#redraw();
  }

  /** What the page can see may have changed; tells the centre now and then, once the site has answered anything. */
  measured() {
    const answered = Object.values(this.#found).some((standing) => standing.by !== "system");
    if (answered && performance.now() - this.#told > TELL_EVERY) void this.#measure(false);
    this.#redraw();
  }

  /** @param {boolean} opened a screen that may sleep is only news where it was awake before */
  async #measure(opened) {
    /** @type {Record<string, Answer>} */
    const answers = {};
    for (const item of this.#items) {
      const before = this.#found[item.id];
      const answer = item.measure === "battery" ? batteryAnswer(this.#power.battery) : item.measure === "screen" ? this.#screenAnswer(before, opened) : null;
      if (answer && isNews(before, answer)) answers[item.id] = answer;
    }
    if (Object.keys(answers).length === 0) return;
    this.#told = performance.now();
    await this.#report(KIND, { answers });
  }

  /** @param {Standing | undefined} before @param {boolean} opened @returns {Answer | null} */
  #screenAnswer(before, opened) {
    const health = this.#unlock.health();
    if (health.visible && health.awake) return { good: true, measured: true };
    return !opened && before?.good && before.measured && health.visible && !health.awake ? { good: false, measured: true } : null;
  }

  /** @param {Item} item @param {Answer} answer */
  async #answer(item, answer) {
    this.#chosen = null;
    if (answer.good || item.measure === "generator") this.#putOff.delete(item.id);
    else this.#putOff.add(item.id);
    this.#keepLater();
    await this.#report(KIND, { answers: { [item.id]: answer } });
    this.#redraw();
    byId("ready-title").scrollIntoView({ block: "nearest" });
  }

  /** @param {Item} item */
  #later(item) {
    this.#putOff.add(item.id);
    this.#keepLater();
    this.#chosen = null;
    this.#redraw();
  }

  #keepLater() {
    try {
      sessionStorage.setItem(LATER, JSON.stringify([...this.#putOff]));
    } catch {
      // A browser without storage asks again.
    }
  }

  // ---- drawing

  #redraw() {
    const item = this.#items.find((each) => each.id === this.#chosen) ?? nextItem(this.#items, this.#found, this.#putOff);
    const { grade, reason } = this.#facts.site ?? {};
    const key = JSON.stringify([item?.id, this.#found, this.#items, item?.measure === "link" ? [grade, reason] : 0, this.#power.battery, this.#unlock.health().awake, this.#code.way, this.#facts.conference]);
    if (key === this.#drawn) return;
    const moved = !this.#drawn.startsWith(JSON.stringify([item?.id]).slice(0, -1));
    this.#drawn = key;
    if (moved) {
      this.#played = [];
      setText(byId("ready-error"), "");
      setText(byId("ready-said"), "");
    }
    if (item) this.#drawItem(item, moved);
    else this.#drawList();
  }

  /** @param {Item} item @param {boolean} moved */
  #drawItem(item, moved) {
    setText(byId("ready-kicker"), t("Kiểm tra sẵn sàng · {number}/{of}", { number: this.#items.indexOf(item) + 1, of: this.#items.length }));
    setText(byId("ready-title"), item.question || item.name);
    setText(byId("ready-help"), item.help ?? "");
    byId("ready-list").replaceChildren();
    // What is typed into the code's field must not vanish because a battery fell by a percent.
    if (!moved && item.measure === "sound" && this.#played.length > 0) return;
    byId("ready-body").replaceChildren();
    const acts = this.#acts(item);
    byId("ready-acts").replaceChildren(...acts, plain(t("Để sau"), () => this.#later(item)));
  }

  /** @param {Item} item @returns {HTMLElement[]} */
  #acts(item) {
    switch (item.measure) {
      case "link":
        return this.#linkActs();
      case "sound":
        return this.#soundActs(item);
      case "screen":
        return this.#screenActs(item);
      case "battery":
        return this.#batteryActs(item);
      case "generator":
        return [
          plain(t("Điện lưới"), () => void this.#answer(item, { good: false })),
          plain(t("Máy phát điện"), () => void this.#answer(item, { good: true })),
        ];
      default:
        return this.#tickActs(item);
    }
  }

  #linkActs() {
    const { grade, reason } = this.#facts.site ?? {};
    const words = grade && grade !== "never_seen" ? [gradeName(/** @type {any} */ (grade)), reason].filter(Boolean).join(", ") : t("chưa đo được, đợi ít giây");
    setText(byId("ready-said"), t("Trung tâm đang thấy: {words}.", { words }));
    return [];
  }

  /** @param {Item} item */
  #soundActs(item) {
    const spoken = this.#code.way === "speech";
    setText(byId("ready-said"), spoken ? t("Máy sẽ đọc ba chữ số. Người ngồi cuối phòng nghe và đọc lại.") : t("Máy sẽ kêu hai lượt tiếng bíp. Người ngồi cuối phòng đếm từng lượt."));
    const play = main(t("Phát mã"), () => void this.#play(item));
    return [play, plain(t("Không nghe thấy"), () => void this.#answer(item, { good: false, measured: true }))];
  }

  /** @param {Item} item */
  async #play(item) {
    setText(byId("ready-error"), "");
    this.#played = soundCode(this.#code.way, Math.random);
    const spoken = this.#code.way === "speech";
    const label = make("label", { text: spoken ? t("Gõ các chữ số vừa nghe") : t("Gõ số tiếng bíp của từng lượt, ví dụ 24"), attributes: { for: "ready-code" } });
    const field = make("input", { class: "ready-code", attributes: { id: "ready-code", inputmode: "numeric", autocomplete: "off", maxlength: "6" } });
    const check = () => {
      if (isHeard(this.#played, field.value)) void this.#answer(item, { good: true, measured: true });
      else {
        setText(byId("ready-error"), t("Chưa khớp. Mở to tiếng, phát lại, nghe và gõ lại."));
        field.select();
      }
    };
    field.addEventListener("keydown", (event) => event.key === "Enter" && check());
    byId("ready-body").replaceChildren(make("div", { class: "field" }, [label, field]));
    byId("ready-acts").replaceChildren(
      main(t("Xong"), check),
      plain(t("Phát lại"), () => void this.#code.play(this.#played)),
      plain(t("Không nghe thấy"), () => void this.#answer(item, { good: false, measured: true })),
    );
    await this.#code.play(this.#played);
    field.focus();
  }

  /** @param {Item} item */
  #screenActs(item) {
    const byHand = () => void this.#answer(item, { good: true });
    if (!this.#unlock.canStayAwake) return [main(t("Đã tắt chế độ nghỉ của máy"), byHand)];
    const keep = main(t("Giữ màn hình máy này sáng"), async () => {
      await this.#unlock.stayAwake();
      const answer = this.#screenAnswer(undefined, true);
      if (answer) await this.#answer(item, answer);
      else setText(byId("ready-error"), t("Trình duyệt không giữ được màn hình sáng (thường do pin yếu). Cắm sạc, hoặc tắt chế độ nghỉ trong cài đặt máy."));
    });
    return [keep, plain(t("Đã tắt chế độ nghỉ của máy"), byHand)];
  }

  /** @param {Item} item */
  #batteryActs(item) {
    const answer = batteryAnswer(this.#power.battery);
    if (answer === null) return [main(t("Đã cắm điện"), () => void this.#answer(item, { good: true }))];
    setText(byId("ready-said"), answer.good ? t("Pin {percent}%.", { percent: answer.percent ?? 0 }) : t("Pin còn {percent}%, chưa cắm sạc.", { percent: answer.percent ?? 0 }));
    return [main(answer.good ? t("Tiếp tục") : t("Vẫn tiếp tục, sẽ cắm sạc sau"), () => void this.#answer(item, answer))];
  }

  /** @param {Item} item */
  #tickActs(item) {
    const { conference } = this.#facts;
    if (item.id === "room" && !conference) setText(byId("ready-said"), t("Trung tâm chưa gửi địa chỉ phòng họp. Cần thì bấm Cần hỗ trợ."));
    if (item.id === "room" && conference) {
      byId("ready-body").replaceChildren(...conferenceLines(conference, (words) => setText(byId("ready-said"), words)));
    }
    return [main(item.name, () => void this.#answer(item, { good: true }))];
  }

  #drawList() {
    const { done, of } = tally(this.#items, this.#found);
    setText(byId("ready-kicker"), t("Kiểm tra sẵn sàng"));
    setText(byId("ready-title"), done === of ? t("Điểm cầu đã sẵn sàng") : t("Còn {count} mục chưa xong", { count: of - done }));
    setText(byId("ready-help"), done === of ? t("Cảm ơn. Có gì thay đổi thì mở lại mục ấy.") : t("Làm lúc nào cũng được; đội kỹ thuật nhìn thấy và sẽ gọi nếu cần."));
    byId("ready-body").replaceChildren();
    byId("ready-acts").replaceChildren(main(t("Xong"), () => this.#leave()));
    byId("ready-list").replaceChildren(...this.#items.map((item) => this.#row(item)));
  }

  /** @param {Item} item */
  #row(item) {
    const standing = this.#found[item.id];
    const done = isDone(item, standing);
    const state = done ? "good" : standing ? "bad" : "open";
    const open = make("button", { class: "button is-small is-plain", text: done ? t("Lại") : t("Làm"), attributes: { type: "button", "aria-label": `${done ? t("Kiểm tra lại") : t("Làm")}: ${item.name}` } });
    open.addEventListener("click", () => {
      this.#chosen = item.id;
      this.#redraw();
      byId("ready-title").scrollIntoView({ block: "nearest" });
    });
    return make("li", { attributes: { "data-state": state } }, [
      make("span", { class: "ready-mark", text: { good: "✓", bad: "✕", open: "–" }[state], attributes: { "aria-hidden": "true" } }),
      make("span", {}, [make("strong", { text: item.name }), make("small", { text: standingWords(item, standing) })]),
      open,
    ]);
  }
}

/** @returns {string[]} */
function keptLater() {
  try {
    return JSON.parse(sessionStorage.getItem(LATER) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {Item} item @param {Standing | undefined} standing */
function standingWords(item, standing) {
  if (!standing) return t("Chưa kiểm tra");
  const when = standing.at ? t("lúc {time}", { time: time(standing.at) }) : "";
  const percent = typeof standing.percent === "number" ? t("pin {percent}%", { percent: standing.percent }) : "";
  const words = item.measure === "generator" ? (standing.good ? t("Máy phát điện") : t("Điện lưới")) : standing.good ? t("Đạt") : t("Chưa đạt");
  return [words, percent, when].filter(Boolean).join(", ");
}

/** @param {string} text @param {() => unknown} act */
function main(text, act) {
  const made = make("button", { class: "button is-main site-act", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}

/** @param {string} text @param {() => unknown} act */
function plain(text, act) {
  const made = make("button", { class: "button is-plain is-wide", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
