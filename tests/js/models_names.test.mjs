import assert from "node:assert/strict";
import { test } from "node:test";
import { withNames } from "../../web/static/js/models/names.js";

const cue = /** @type {any} */ ({
  cue: "phat-dong",
  required: [
    { site: "1", waived_by: "tổng đạo diễn caller-1" },
    { site: "2", waived_by: "" },
  ],
});

test("the staff read the name, everybody else the role and seat", () => {
  const named = withNames(cue, { closed_by: "", waived: { "phat-dong": { 1: "Họ và tên", 2: "của lượt trước" } } });
  assert.deepEqual(named?.required.map((site) => site.waived_by), ["Họ và tên", ""]);
  assert.equal(withNames(cue, null), cue);
  assert.equal(withNames(null, null), null);
});
