import assert from "node:assert/strict";
import { test } from "node:test";

import { ownCalls, pendingLines, unreadNotices } from "../../web/static/js/models/site_help.js";

const entry = (kind, state, fields) => ({ kind, state, fields });

test("a call that waits on the machine is shown before the centre knows it", () => {
  const calls = ownCalls([{ id: "1", topic: "picture", state: "taken", owner: "kỹ thuật 1" }], [entry("ask_for_help", "saved", { topic: "sound" }), entry("ask_for_help", "accepted", { topic: "picture" })]);
  assert.deepEqual(calls.map((call) => [call.id, call.topic, call.state]), [["", "sound", "open"], ["1", "picture", "taken"]]);
});

test("a call withdrawn here is over here, unless the centre refused that", () => {
  const told = [{ id: "1", topic: "sound", state: "open", owner: "" }];
  assert.equal(ownCalls(told, [entry("withdraw_help", "saved", { ticket: "1" })])[0].state, "done");
  assert.equal(ownCalls(told, [entry("withdraw_help", "refused", { ticket: "1" })])[0].state, "open");
});

test("a message stands once, whether it waits or has arrived", () => {
  const entries = [entry("send_message", "sent", { text: "Mất tiếng" }), entry("send_message", "saved", { text: "Mất hình" })];
  assert.deepEqual(pendingLines(entries, [{ text: "Mất tiếng", from_site: true }]), ["Mất hình"]);
});

test("a notice is read here at once", () => {
  const notices = [{ id: "1", read: false }, { id: "2", read: true }, { id: "3", read: false }];
  assert.deepEqual(unreadNotices(notices, [entry("read_notice", "saved", { notice: "1" })]).map((each) => each.id), ["3"]);
});
