import assert from "node:assert/strict";
import { test } from "node:test";

import { audienceWords, lackingWords } from "../../web/static/js/models/viewing.js";

test("what sites lack is told by kind, with the first of their codes, and nothing where all see and hear", () => {
  const row = { should: 15, see_and_hear: 12, silent: 1, waiting: 0, without: 2, lacking: ["16663", "16666", "16669"] };
  assert.equal(lackingWords(row), "1 điểm chưa bật tiếng, 2 điểm chưa mở chương trình: 16663, 16666, 16669");
  assert.equal(lackingWords({ should: 3, see_and_hear: 3, silent: 0, waiting: 0, without: 0, lacking: [] }), "");
  const many = { ...row, without: 40, lacking: Array.from({ length: 40 }, (_, index) => String(index)) };
  assert.ok(lackingWords(many).endsWith("11…"));
});

test("the audience is counts and nothing else", () => {
  assert.equal(audienceWords({ playing: 1234, with_sound: 900, waiting: 3, stalled: 12 }), "900 đang bật tiếng, 3 đang chờ hình, 12 vừa bị đứng hình");
});
