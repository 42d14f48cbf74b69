// The relays panel: other platforms that the programme is sent on to. Keys are typed once and never shown again.

import { command, post, Problem } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { platformName, platforms, plannedWords, preflight, relayFigures, relaysOf, relayState, relayTone, timeOfDay } from "../models/relays.js";

/**
 * @typedef {import("../models/relays.js").RelayRow} RelayRow
 * @typedef {import("./ask_dialog.js").Field} Field
 */

const BY_HAND = "";
const BY_TIME = "at";

export class MediaRelays {
  /**
   * @param {HTMLElement} root
   * @param {import("./ask_dialog.js").AskDialog} ask
   * @param {() => number} now
   */
  constructor(root, ask, now) {
    this._ask = ask;
    this._now = now;
    /** @type {Array<{id: string, title: string}>} */
    this._items = [];
    this._day = 0;
    /** @type {Map<string, any>} */
    this._rows = new Map();
    /** @type {Map<string, RelayLine>} */
    this._lines = new Map();
    this._checks = make("ul", { class: "media-checks" });
    this._list = make("ul", { class: "relay-list" });
    this._empty = make("p", { class: "quiet small", text: t("Chưa có nơi nào. Chọn nền tảng bên dưới; khóa luồng chỉ nhập một lần và không hiện lại.") });
    const add = make("div", { class: "chips", attributes: { role: "group", "aria-label": t("Thêm nơi phát lại") } });
    for (const platform of platforms()) {
      const chip = make("button", { class: "chip", text: `+ ${platform.name}`, attributes: { type: "button", "data-platform": platform.id } });
      chip.addEventListener("click", () => this._askAdd(platform));
      add.append(chip);
    }
    root.replaceChildren(make("h2", { text: t("Phát lại lên nền tảng khác") }), this._checks, this._list, this._empty, add);
  }

  /** @param {any[]} items of the programme @param {any} info of the ceremony */
  programme(items, info) {
    this._items = items.map((item) => ({ id: item.id, title: item.title }));
    this._day = info?.starts_at ?? 0;
  }

  /** @param {Map<string, any>} rows of the feed `media` @param {number} now µs */
  take(rows, now) {
    this._rows = rows;
    const relays = relaysOf(rows);
    this._empty.hidden = relays.length > 0;
    const checks = preflight(rows, now);
    const key = JSON.stringify(checks);
    if (this._checks.dataset.key !== key) {
      this._checks.dataset.key = key;
      this._checks.replaceChildren(...checks.map(({ ok, words }) => make("li", { class: ok ? "is-ok" : "is-missing", text: words })));
    }
    for (const [id, line] of this._lines) {
      if (relays.some((relay) => relay.relay === id)) continue;
      line.element.remove();
      this._lines.delete(id);
    }
    for (const relay of relays) this._lineOf(relay).take(relay, now, this._items);
  }

  /** @param {RelayRow} relay */
  _lineOf(relay) {
    let line = this._lines.get(relay.relay);
    if (!line) {
      line = new RelayLine(relay.relay, {
        start: (row) => this._askStart(row),
        stop: (row) => this._askStop(row),
        edit: (row) => this._askEdit(row),
        remove: (row) => this._askRemove(row),
      });
      this._lines.set(relay.relay, line);
      this._list.append(line.element);
    }
    return line;
  }

  /** @param {ReturnType<typeof platforms>[number]} platform */
  _askAdd(platform) {
    this._ask.open({
      title: t("Thêm {platform}", { platform: platform.name }),
      words: t("Khóa luồng được cất kín, không ai xem lại được. {hint}", { hint: platform.hint }),
      yes: t("Thêm nơi phát lại"),
      fields: [
        { name: "name", label: t("Tên để gọi"), value: platform.id === "custom" ? "" : platform.name, required: true },
        ...(platform.address ? [{ name: "url", label: t("Địa chỉ máy chủ (rtmp:// hoặc rtmps://)"), required: true }] : []),
        { name: "key", label: t("Khóa luồng (stream key)"), type: "password", required: platform.id !== "custom" },
        ...this._momentFields(undefined),
      ],
      work: (values) =>
        command({ kind: "add_relay", name: values.name, platform: platform.id, access: { url: values.url ?? "", key: values.key }, ...this._moments(values) }),
    });
  }

  /** @param {RelayRow} relay */
  _askEdit(relay) {
    this._ask.open({
      title: t("Sửa {name}", { name: relay.name }),
      words: t("Để trống địa chỉ và khóa thì giữ nguyên như cũ."),
      yes: t("Lưu"),
      fields: [
        { name: "name", label: t("Tên để gọi"), value: relay.name, required: true },
        { name: "url", label: t("Địa chỉ mới"), hint: t("Đang là {url}", { url: relay.shown_url }) },
        { name: "key", label: t("Khóa luồng mới"), type: "password" },
        ...this._momentFields(relay),
      ],
      work: (values) =>
        command({ kind: "change_relay", relay: relay.relay, name: values.name, access: { url: values.url, key: values.key }, ...this._moments(values) }),
    });
  }

  /** @param {RelayRow | undefined} relay @returns {Field[]} */
  _momentFields(relay) {
    /** @type {Array<[string, string]>} */
    const choices = [[BY_HAND, t("Bằng tay")], [BY_TIME, t("Theo giờ")], ...this._items.map((item) => /** @type {[string, string]} */ ([`item:${item.id}`, item.title]))];
    const chosen = (/** @type {import("../models/relays.js").Moment | undefined} */ moment) => (moment?.at ? BY_TIME : moment?.item ? `item:${moment.item}` : BY_HAND);
    return [
      { name: "start", label: t("Bật"), value: chosen(relay?.start), choices },
      { name: "start_at", label: t("Giờ bật, nếu theo giờ"), value: clockOf(relay?.start), hint: t("Ví dụ 07:55, giờ Việt Nam, ngày diễn ra buổi lễ.") },
      { name: "stop", label: t("Dừng"), value: chosen(relay?.stop), choices },
      { name: "stop_at", label: t("Giờ dừng, nếu theo giờ"), value: clockOf(relay?.stop) },
    ];
  }

  /** @param {Record<string, string>} values */
  _moments(values) {
    return { start: this._moment(values.start, values.start_at), stop: this._moment(values.stop, values.stop_at) };
  }

  /** @param {string} chosen @param {string} text */
  _moment(chosen, text) {
    if (chosen.startsWith("item:")) return { item: chosen.slice(5) };
    if (chosen !== BY_TIME) return {};
    const at = timeOfDay(text, this._day || this._now());
    if (at === null) throw new Problem("bad_time", t("Giờ viết dạng 07:55."));
    return { at };
  }

  /** @param {RelayRow} relay */
  _askStart(relay) {
    const missing = preflight(this._rows, this._now()).filter((check) => !check.ok);
    this._ask.open({
      title: missing.length === 0 ? t("Bật phát lại lên {name}?", { name: relay.name }) : t("Chưa đủ điều kiện. Vẫn bật {name}?", { name: relay.name }),
      words: missing.length === 0 ? t("Người xem trên {platform} thấy chương trình trong vài giây.", { platform: platformName(relay.platform) }) : missing.map((check) => check.words).join(" · "),
      yes: missing.length === 0 ? t("Bật phát lại") : t("Vẫn bật"),
      danger: missing.length > 0,
      work: () => command({ kind: "start_relay", relay: relay.relay }),
    });
  }

  /** @param {RelayRow} relay */
  _askStop(relay) {
    this._ask.open({
      title: t("Dừng phát lại lên {name}?", { name: relay.name }),
      words: t("Người xem trên {platform} mất hình. Bật lại có thể thành một buổi phát mới ở đó.", { platform: platformName(relay.platform) }),
      yes: t("Dừng phát lại"),
      danger: true,
      work: () => command({ kind: "stop_relay", relay: relay.relay }),
    });
  }

  /** @param {RelayRow} relay */
  _askRemove(relay) {
    this._ask.open({
      title: t("Bỏ {name}?", { name: relay.name }),
      words: t("Địa chỉ và khóa bị xóa; muốn dùng lại phải nhập lại."),
      yes: t("Bỏ nơi phát lại"),
      danger: true,
      work: () => command({ kind: "remove_relay", relay: relay.relay }),
    });
  }
}

class RelayLine {
  /**
   * @param {string} id
   * @param {Record<"start" | "stop" | "edit" | "remove", (row: RelayRow) => void>} acts
   */
  constructor(id, acts) {
    this._id = id;
    /** @type {RelayRow | null} */
    this._row = null;
    this._name = make("strong");
    this._where = make("span", { class: "small quiet" });
    this._state = make("p", { class: "media-state", attributes: { role: "status" } });
    this._figures = make("p", { class: "small quiet number" });
    this._error = make("p", { class: "media-fault is-serious" });
    this._planned = make("p", { class: "small quiet" });
    this._tested = make("p", { class: "small", attributes: { role: "status" } });
    const act = (/** @type {(row: RelayRow) => void} */ work) => () => this._row && work(this._row);
    this._start = button(t("Bật"), act(acts.start));
    this._stop = button(t("Dừng"), act(acts.stop));
    this._test = button(t("Thử kết nối"), () => void this._try());
    this._edit = button(t("Sửa"), act(acts.edit));
    this._remove = button(t("Bỏ"), act(acts.remove));
    const words = make("div", { class: "grow" }, [make("p", { class: "row is-wrapping" }, [this._name, this._where]), this._state, this._figures, this._error, this._planned, this._tested]);
    const row = make("div", { class: "button-row" }, [this._start, this._stop, this._test, this._edit, this._remove]);
    this.element = make("li", { class: "relay", attributes: { "data-relay": id } }, [words, row]);
  }

  /** @param {RelayRow} row @param {number} now @param {Array<{id: string, title: string}>} items */
  take(row, now, items) {
    this._row = row;
    this.element.dataset.tone = relayTone(row);
    setText(this._name, row.name);
    setText(this._where, [row.shown_url, row.has_key ? t("khóa {count} ký tự", { count: row.key_characters }) : t("không khóa")].filter(Boolean).join(" · "));
    setText(this._state, relayState(row));
    setText(this._figures, relayFigures(row, now));
    const failed = row.wanted && row.state !== "sending" ? row.last_error : "";
    setText(this._error, failed);
    this._error.hidden = failed === "";
    setText(this._planned, plannedWords(row, items));
    this._start.hidden = row.wanted;
    this._stop.hidden = !row.wanted;
    this._remove.hidden = row.wanted;
    this._test.disabled = row.wanted;
  }

  async _try() {
    this._test.setAttribute("aria-busy", "true");
    this._test.disabled = true;
    setText(this._tested, t("Đang thử, tối đa 30 giây…"));
    try {
      const { ok, words } = await post(`/api/v1/media/relays/${encodeURIComponent(this._id)}/test`, {});
      this._tested.className = ok ? "small is-good-words" : "small is-bad-words";
      setText(this._tested, words || (ok ? t("Nối được.") : t("Không nối được.")));
    } catch (error) {
      this._tested.className = "small is-bad-words";
      setText(this._tested, error instanceof Problem ? `${error.message} (${error.code})` : String(error));
    }
    this._test.removeAttribute("aria-busy");
    this._test.disabled = this._row?.wanted ?? false;
  }
}

/** @param {import("../models/relays.js").Moment | undefined} moment */
function clockOf(moment) {
  return moment?.at ? new Date(moment.at / 1000 + 7 * 3600_000).toISOString().slice(11, 16) : "";
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
