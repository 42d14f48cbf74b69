// The show caller's programme: what is on air, the rundown, edits and who makes them, files, the speaker's message, delegates.

import { command, putBlob } from "../lib/api.js";
import { itemsOf } from "../lib/ceremony.js";
import { clock } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, session, setText } from "../lib/page.js";
import { guestsOf } from "../models/guests.js";
import { isTypingIn } from "../models/keys.js";
import { problemList } from "./file_problems.js";
import { GuestDesk } from "./guest_desk.js";
import { ItemEditor } from "./item_editor.js";
import { RunBar } from "./run_bar.js";
import { Rundown } from "./rundown.js";
import { drawSpeakerMessage, mountSpeakerMessage } from "./speaker_message.js";

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {import("./rundown.js").RowAction} RowAction
 * @typedef {{page: string, who: string, item: string}} Editor
 * @typedef {import("./run_bar.js").Undone} Undone
 */

const PAGE = crypto.randomUUID();

export class RunConsole {
  /** @type {Item[]} */
  #items = [];
  /** @type {import("../lib/feed.js").Rows} */
  #rows = new Map();
  /** @type {any} */
  #info = null;
  #may = { run: ["caller", "admin"].includes(session.role), edit: ["caller", "admin", "tech"].includes(session.role) };
  #feed;
  #ask;
  #say;

  /**
   * @param {import("../lib/feed.js").FeedClient} feed
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {(error: unknown) => void} say
   */
  constructor(feed, ask, say) {
    this.#feed = feed;
    this.#ask = ask;
    this.#say = say;
    this.bar = new RunBar(this.#may, () => feed.now(), say);
    this.list = new Rundown(byId("rundown"), this.#may, (action, item) => this.#act(action, item));
    this.editor = new ItemEditor((item) => this.#present(item), (asked) => this.list.expectNew(asked));
    this.guests = new GuestDesk(byId("guests"), { keep: true });
    mountSpeakerMessage(say);
    byId("open-timer").setAttribute("href", `/timer?as=${encodeURIComponent(session.as)}`);
    byId("speaker").hidden = !this.#may.run;
    byId("rundown-tools").hidden = !this.#may.edit;
    byId("undo").addEventListener("click", () => void this.undo());
    byId("add-item").addEventListener("click", () => this.editor.add(this.#items.at(-1) ?? null, this.#sheet()));
    this.#files();
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || isTypingIn(event.target) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      void this.undo();
    });
    feed.subscribe("rundown", (rows) => {
      this.#rows = rows;
      this.#drawRows();
    });
    if (this.#may.edit) this.#present("");
  }

  /** @param {import("../lib/feed.js").Rows} rows of the feed `ceremony` */
  take(rows) {
    this.#items = itemsOf(rows);
    this.#info = rows.get("info") ?? null;
    drawSpeakerMessage(rows.get("timer")?.text ?? "");
    byId("rundown-empty").hidden = this.#items.length > 0;
    if (this.#info && this.#items.length === 0) setText(byId("rundown-empty"), t("Chưa có chương trình. Bấm “Nhập tệp” để nhập bảng Excel, CSV của văn phòng."));
    this.tick();
    this.editor.follow(this.#items, (id) => this.#rows.get(`item:${id}`) ?? null);
  }

  /** The clock went on. */
  tick() {
    this.bar.take(this.#items, this.#undo().step);
    this.list.draw(this.#items, this.#feed.now(), this.#editors());
  }

  /** @returns {{edits: Undone[], step: Undone | null}} */
  #undo() {
    return this.#rows.get("undo") ?? { edits: [], step: null };
  }

  #sheet() {
    return { columns: this.#rows.get("sheet")?.columns ?? [], zero: this.#info?.starts_at ?? 0 };
  }

  /** Item → who edits it, others than this page. */
  #editors() {
    /** @type {Editor[]} */
    const others = (this.#rows.get("editors")?.editors ?? []).filter((/** @type {Editor} */ each) => each.page !== PAGE);
    return new Map(others.filter((each) => each.item).map((each) => [each.item, each.who]));
  }

  #drawRows() {
    this.editor.know(this.#rows.get("figures") ?? null);
    this.guests.draw(guestsOf(this.#rows));
    this.#drawEditors();
    this.#drawUndo();
    this.tick();
    this.editor.follow(this.#items, (id) => this.#rows.get(`item:${id}`) ?? null);
  }

  #drawEditors() {
    /** @type {Editor[]} */
    const others = (this.#rows.get("editors")?.editors ?? []).filter((/** @type {Editor} */ each) => each.page !== PAGE);
    const words = others.map((each) => {
      const at = this.#items.findIndex((item) => item.id === each.item);
      return at >= 0 ? t("{who} đang sửa mục {number}", { who: each.who, number: at + 1 }) : each.who;
    });
    setText(byId("editors"), words.length > 0 ? t("Cùng mở chương trình: {names}", { names: [...new Set(words)].join("; ") }) : "");
  }

  #drawUndo() {
    const { edits } = this.#undo();
    const button = /** @type {HTMLButtonElement} */ (byId("undo"));
    button.disabled = edits.length === 0;
    setText(button, edits.length > 0 ? t("Hoàn tác: {words}", { words: edits[0].words }) : t("Hoàn tác"));
    byId("edits-part").hidden = edits.length === 0;
    const list = byId("edits");
    const key = JSON.stringify(edits);
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren(...edits.map((edit) => make("li", {}, [make("time", { text: edit.at ? clock(edit.at) : "" }), ` ${edit.by}: ${edit.words}`])));
  }

  async undo() {
    const last = this.#undo().edits[0];
    if (!last) return;
    try {
      await command({ kind: "undo_edit", edit: last.number });
      this.#say(t("Đã hoàn tác: {words}.", { words: last.words }));
    } catch (error) {
      this.#say(error);
    }
  }

  /** @param {string} item */
  #present(item) {
    this.#feed.tell({ editing: { page: PAGE, item } });
  }

  /** @param {RowAction} action @param {Item} item */
  #act(action, item) {
    const extra = this.#rows.get(`item:${item.id}`);
    const seen = extra?.version ?? 0;
    const at = this.#items.findIndex((each) => each.id === item.id);
    if (action === "start") this.#askStart(item);
    else if (action === "edit" && extra) this.editor.edit(this.#items[at], extra, this.#sheet());
    else if (action === "add") this.editor.add(item, this.#sheet());
    else if (action === "skip" || action === "take") void this.#give({ kind: "skip_item", item: item.id, skip: action === "skip" });
    else if (action === "up") void this.#give({ kind: "move_item", item: item.id, seen, after: this.#items[at - 2]?.id ?? null });
    else if (action === "down") void this.#give({ kind: "move_item", item: item.id, seen, after: this.#items[at + 1]?.id ?? null });
    else if (action === "remove") void this.#give({ kind: "remove_item", item: item.id, seen });
  }

  /** @param {Item} item */
  #askStart(item) {
    this.#ask.open({ title: t("Cho lên sóng?"), words: item.title, yes: t("Lên sóng"), work: () => command({ kind: "start_item", item: item.id }) });
  }

  /** @param {import("../lib/api.js").CommandFields} fields */
  async #give(fields) {
    try {
      await command(fields);
    } catch (error) {
      this.#say(error);
    }
  }

  #files() {
    const input = /** @type {HTMLInputElement} */ (byId("programme-file"));
    byId("import-programme").addEventListener("click", () => input.click());
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      input.value = "";
      if (!file) return;
      try {
        const answer = await putBlob("/api/v1/programme", file);
        byId("file-answer").replaceChildren(...problemList(answer));
      } catch (error) {
        this.#say(error);
      }
    });
    const href = `/api/v1/programme.xlsx?as=${encodeURIComponent(session.as)}`;
    byId("export-programme").setAttribute("href", href);
  }
}
