import assert from "node:assert/strict";
import { test } from "node:test";
import { planFields, planOf } from "../../web/static/js/models/plan.js";

const plan = {
  ceremony_id: "c", cue: "phat-dong", title: "Phát động", subtitle: "", portal: "", trigger: /** @type {const} */ ("seats"),
  trigger_seats: ["Ghế 1", "Ghế 2"], k: 1, hold: 0, pad_seats: [], substitutes: ["mc"], lead: 3_500_000, window: 1_800_000_000,
  late_policy: { fire_within: 5_000_000 }, not_after: 900_000_000, assets: [],
};

test("a form that nobody touched gives the same plan back", () => {
  const typed = Object.fromEntries(planFields(plan).map((field) => [field.name, field.value ?? ""]));
  assert.deepEqual(planOf(plan, typed), plan);
});

test("a lead may be typed with a comma, and names lose their spaces", () => {
  const typed = Object.fromEntries(planFields(plan).map((field) => [field.name, field.value ?? ""]));
  const changed = planOf(plan, { ...typed, lead: "4,5", trigger_seats: " Ghế 1 ,, Ghế 3" });
  assert.equal(changed.lead, 4_500_000);
  assert.deepEqual(changed.trigger_seats, ["Ghế 1", "Ghế 3"]);
});
