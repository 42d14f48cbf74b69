import assert from "node:assert/strict";
import { test } from "node:test";

import { tooManyCompanions } from "../../web/static/js/models/site_devices.js";

const device = (part) => ({ part, connected: false });

test("a link on five phones is something to wonder at, three are not", () => {
  assert.equal(tooManyCompanions(Array.from({ length: 5 }, () => device("companion"))), 5);
  assert.equal(tooManyCompanions([device("screen"), device("effector"), device("effector"), ...Array.from({ length: 3 }, () => device("companion"))]), 0);
});
