import assert from "node:assert/strict";
import { test } from "node:test";

import { ChecklistDraft, MAX_ITEMS } from "../../web/static/js/models/checklist_draft.js";

const ITEMS = [
  { id: "link", name: "Đường truyền tốt", measure: "link" },
  { id: "muted", name: "Đã tắt micro", question: "Đã tắt micro chưa?", pictures: ["conference"] },
];

test("a list that nobody touched has nothing to send", () => {
  const draft = new ChecklistDraft(ITEMS);
  assert.equal(draft.changed, false);
  draft.set(0, "name", "Đường truyền tốt");
  assert.equal(draft.changed, false);
});

test("items keep their ids, and the question of a renamed one goes", () => {
  const draft = new ChecklistDraft(ITEMS);
  draft.set(1, "name", " Đã tắt micro phòng ");
  draft.raise(1);
  assert.equal(draft.changed, true);
  assert.deepEqual(draft.toSend(), [
    { id: "muted", name: "Đã tắt micro phòng", measure: "tick", pictures: ["conference"] },
    { id: "link", name: "Đường truyền tốt", measure: "link" },
  ]);
  assert.equal(ITEMS[1].name, "Đã tắt micro");
});

test("an item without a name and a second one measured alike cannot be sent", () => {
  const draft = new ChecklistDraft(ITEMS);
  draft.add("new");
  draft.set(1, "measure", "link");
  assert.deepEqual([...draft.problems()], [[1, "same_measure"], [2, "no_name"]]);
  draft.set(1, "measure", "tick");
  draft.remove(2);
  assert.equal(draft.problems().size, 0);
});

test("an item may be for the sites of the conference alone, and for all again", () => {
  const draft = new ChecklistDraft(ITEMS);
  assert.equal(draft.isOnlyConference(1), true);
  draft.onlyConference(1, false);
  draft.onlyConference(0, true);
  assert.deepEqual(draft.toSend().map((item) => item.pictures), [["conference"], undefined]);
});

test("no more items than a site's bits hold", () => {
  const draft = new ChecklistDraft([]);
  for (let count = 0; count < MAX_ITEMS + 3; count += 1) draft.add(`n${count}`);
  assert.equal(draft.items.length, MAX_ITEMS);
});
