import assert from "node:assert/strict";
import { test } from "node:test";

import { guides } from "../../web/static/js/models/media_guides.js";

const wanted = { width: 1920, height: 1080, kbps: 5000 };
const keys = (over = {}) => ({ source: "primary", kind: "srt", generation: 0, key: "k-1", srt: "srt://[2001:db8::1]:9001", srt_with_key: "srt://[2001:db8::1]:9001?passphrase=k-1", whip: "https://a.example/whip/primary", rtmp: "", ...over });
const text = (way) => way.steps.map((step) => step.words).join("\n");
const values = (way) => way.steps.flatMap((step) => step.values);

test("SRT is told for OBS, vMix and devices, each with the profile's own values", () => {
  const { ways } = guides(keys(), wanted);
  assert.deepEqual(ways.map((way) => way.id), ["obs-srt", "vmix-srt", "device-srt"]);
  for (const way of ways) assert.match(text(way), /5000/);
  assert.match(text(ways[0]), /1920x1080/);
  assert.deepEqual(values(ways[1]).slice(0, 2).map((each) => each.text), ["[2001:db8::1]", "9001"]);
});

test("whatever holds a key is marked secret", () => {
  for (const kind of ["srt", "whip", "rtmp"]) {
    const told = guides(keys({ kind, rtmp: "rtmp://a.example/live" }), wanted);
    for (const each of [...told.values, ...told.ways.flatMap(values)]) assert.equal(each.secret, each.text.includes("k-1"));
  }
});

test("without a port, an RTMP server or an address to type, it says what to do instead", () => {
  assert.equal(guides(keys({ srt: "" }), wanted).ways[0].id, "no-port");
  assert.equal(guides(keys({ kind: "rtmp" }), wanted).ways[0].id, "no-rtmp");
  assert.equal(guides(keys({ kind: "pull" }), wanted).ways[0].id, "pull");
});
