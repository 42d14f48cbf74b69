import assert from "node:assert/strict";
import { test } from "node:test";

import { decimal, facts, outputProblem, outputTone, outputWords, pictureAge, sourcesOf, sourceTone, stateWords, Trend, workerWords } from "../../web/static/js/models/media.js";
import { length, plannedWords, platforms, preflight, relayFigures, relayState, relaysOf, relayTone, timeOfDay } from "../../web/static/js/models/relays.js";

const S = 1_000_000;
const source = (over = {}) => ({ name: "primary", kind: "srt", on_air: true, state: "receiving", since: 0, words: "", encoded: false, stable_since: 0, measured: {}, faults: [], thumbnail_at: null, ...over });
const fault = (serious) => ({ code: "b_frames", words: "Có khung hình B.", serious });
const output = (over = {}) => ({ source: "primary", since: 0, why: "start", wanted: null, flowing: true, viewers: 0, problem: "", ...over });
const relay = (over = {}) => ({ relay: "r1", name: "Kênh A", platform: "youtube", start: {}, stop: {}, wanted: true, state: "sending", since: 0, kbps: 3100, sent_megabytes: 1234, retries: 2, dropped: 0, last_error: "", retry_at: null, ...over });

test("sources stand primary, backup, slate, whatever order they were told in", () => {
  const rows = new Map([["source:slate", source({ name: "slate" })], ["output", output()], ["source:primary", source()]]);
  assert.deepEqual(sourcesOf(rows).map((each) => each.name), ["primary", "slate"]);
});

test("a source is good only while it comes without a fault, and bad where the air depends on what is not there", () => {
  assert.equal(sourceTone(source()), "good");
  assert.equal(sourceTone(source({ faults: [fault(false)] })), "warn");
  assert.equal(sourceTone(source({ state: "stalled" })), "bad");
  assert.equal(sourceTone(source({ state: "waiting", on_air: false })), "rest");
  assert.equal(sourceTone(source({ state: "waiting", on_air: true })), "bad");
  assert.equal(stateWords(source({ encoded: true })), "Đang nhận, phải mã hóa lại");
});

test("the output on backup without anybody's choice is a warning, by hand it is not", () => {
  assert.equal(outputTone(output()), "good");
  assert.equal(outputTone(output({ source: "backup", why: "primary_lost" })), "warn");
  assert.equal(outputTone(output({ source: "backup", wanted: "backup", why: "by_hand" })), "good");
  assert.equal(outputTone(output({ flowing: false })), "bad");
  assert.match(outputProblem(output({ flowing: false })), /đứng hình/);
  assert.equal(outputProblem(output()), "");
  assert.equal(outputWords(output({ source: "backup", why: "primary_lost" })), "Nguồn dự phòng · từ 07:00:00, mất nguồn chính");
  assert.equal(outputWords(undefined), "Chưa phát");
});

test("facts tell what is known alone, in people's numbers", () => {
  assert.deepEqual(facts({}), []);
  const found = facts({ video_codec: "h264", video_profile: "Main", width: 1280, height: 720, frames_per_second: 29.97, video_kbps: 3100, audio_codec: "none", loudness_lufs: -18.3, true_peak_dbfs: -3 });
  assert.deepEqual(found.map(([, value]) => value), ["1280×720 · 30 h/s · H.264 Main", "3.100 kb/s", "không có", "−18,3 LUFS · đỉnh −3 dBTP"]);
  assert.equal(decimal(-0.04), "0");
});

test("a worker that is away is said, a well one is not", () => {
  assert.equal(workerWords({ state: "running", since: 0, words: "", restarts: 0 }), "");
  assert.match(workerWords({ state: "lost", since: 0, words: "", restarts: 1 }), /khởi động lại/);
  assert.equal(pictureAge({ thumbnail_at: 0 }, 19 * S), "now");
  assert.equal(pictureAge({ thumbnail_at: 0 }, 21 * S), "old");
  assert.equal(pictureAge({ thumbnail_at: 0, name: "slate" }, 21 * S), "now");
  assert.equal(pictureAge({ thumbnail_at: null }, 0), "none");
});

test("a trend has one sample a second, holes where nothing came, and an end", () => {
  const trend = new Trend(3);
  const measured = { video_kbps: 3000, loudness_lufs: -20 };
  assert.equal(trend.take(source({ measured }), 1 * S), true);
  assert.equal(trend.take(source({ measured }), 1.5 * S), false);
  trend.take(source({ state: "stalled", measured }), 2 * S);
  trend.take(source({ measured }), 3 * S);
  trend.take(source({ measured }), 4 * S);
  assert.deepEqual(trend.columns, [[2, 3, 4], [null, 3000, 3000], [null, -20, -20], [null, null, null]]);
});

test("what was before the page was opened stands before what it saw itself, once, and the oldest goes", () => {
  const trend = new Trend(4);
  trend.take(source({ measured: { video_kbps: 3000 } }), 20 * S);
  trend.before({ at: [5, 10, 15, 20], video_kbps: [1, 2, null, 4], loudness_lufs: [-1, -2, null, -4], link_lost_percent: [0, 0, null, 0] });
  assert.deepEqual(trend.columns, [[5, 10, 15, 20], [1, 2, null, 3000], [-1, -2, null, null], [0, 0, null, null]]);
  const empty = new Trend(2);
  empty.before({ at: [1, 2, 3], video_kbps: [1, 2, 3], loudness_lufs: [1, 2, 3], link_lost_percent: [1, 2, 3] });
  assert.deepEqual(empty.columns[0], [2, 3]);
});

test("a relay is told by what is true beside what is wanted", () => {
  assert.equal(relayTone(relay()), "good");
  assert.equal(relayTone(relay({ state: "failed_auth" })), "bad");
  assert.equal(relayTone(relay({ wanted: false, state: "off" })), "rest");
  assert.equal(relayState(relay({ wanted: false, state: "off" })), "Chưa bật");
  assert.equal(relayState(relay({ state: "failed_auth" })), "Bị từ chối: sai khóa");
  assert.equal(relayFigures(relay(), 65 * S), "đã 01:05 · 3.100 kb/s · 1,2 GB · nối lại 2 lần");
  assert.equal(relayFigures(relay({ state: "waiting", retry_at: 0, sent_megabytes: 0, retries: 0 }), S), "thử lại lúc 07:00:00");
  assert.deepEqual(relaysOf(new Map([["relay:b", relay({ name: "B" })], ["output", output()], ["relay:a", relay({ name: "A" })]])).map((each) => each.name), ["A", "B"]);
});

test("preflight wants a picture, the profile and sixty stable seconds, and says what is missing", () => {
  const rows = new Map([["output", output()], ["source:primary", source({ stable_since: 0 })]]);
  assert.deepEqual(preflight(rows, 61 * S).map((check) => check.ok), [true, true, true]);
  assert.deepEqual(preflight(rows, 50 * S).map((check) => check.ok), [true, true, false]);
  assert.match(preflight(rows, 50 * S)[2].words, /còn 00:10/);
  rows.set("source:primary", source({ faults: [fault(true)] }));
  assert.deepEqual(preflight(rows, 61 * S)[1], { ok: false, words: "Có khung hình B." });
  rows.set("source:primary", source({ faults: [fault(true)], encoded: true }));
  assert.equal(preflight(rows, 61 * S)[1].ok, true);
  assert.deepEqual(preflight(new Map(), 0).map((check) => check.ok), [false, false, false]);
});

test("a time of day is one of the ceremony's day in Việt Nam", () => {
  const day = Date.UTC(2026, 10, 22, 1, 0) * 1000; // 08:00 in Việt Nam
  assert.equal(timeOfDay("07:30", day), Date.UTC(2026, 10, 22, 0, 30) * 1000);
  assert.equal(timeOfDay("24:00", day), null);
  assert.equal(timeOfDay("sáng", day), null);
  assert.equal(length(3_725 * S), "1:02:05");
  assert.equal(plannedWords(relay({ start: { at: day }, stop: { item: "i2" } }), [{ id: "i2", title: "Bế mạc" }]), "tự bật lúc 08:00, tự dừng “Bế mạc”");
  assert.equal(platforms().filter((each) => !each.address).length, 2);
});
