// The link of the page, held to the vectors that hold the link of the agent (site_agent/link/vectors).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DeviceClock } from "../../web/static/js/lib/clock.js";
import { CodecError, decodeFromDevice, decodeFromServer, encode } from "../../web/static/js/lib/codec.js";
import { ClientSession } from "../../web/static/js/lib/session.js";

function cases(name) {
  return JSON.parse(readFileSync(new URL(`../../site_agent/link/vectors/${name}.json`, import.meta.url), "utf8")).cases;
}

function textOf(each) {
  if (each.repeated) return each.repeated.before + each.repeated.text.repeat(each.repeated.times) + each.repeated.after;
  return each.text;
}

for (const each of cases("codec")) {
  // A browser's WebSocket refuses a text frame that is not UTF-8 before any page sees it.
  if (each.base64) continue;
  test(`codec: ${each.name}`, () => {
    const decode = each.from === "device" ? decodeFromDevice : decodeFromServer;
    try {
      assert.deepEqual({ message: JSON.parse(encode(decode(textOf(each)))) }, each.then);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const detail = error.code === "unknown_message" ? { message_type: error.message } : {};
      assert.deepEqual({ error: error.code, ...detail }, each.then);
    }
  });
}

for (const each of cases("clock")) {
  test(`clock: ${each.name}`, () => {
    const clock = new DeviceClock();
    for (const step of each.steps) {
      const then = clockStep(clock, step);
      const told = { ready: clock.ready, offset: clock.offset(step.at), bound: clock.bound(step.at), instant: clock.instant(step.at) };
      assert.deepEqual({ ...then, ...told }, step.then, `at ${step.at}`);
    }
  });
}

function clockStep(clock, step) {
  if (step.do === "follow") clock.follow(step.clock_id);
  if (step.do === "forbid_steps") clock.forbidSteps(step.at);
  if (step.do === "allow_steps") clock.allowSteps(step.at);
  if (step.do === "disturbed") clock.disturbed();
  if (step.do === "reading") return { reading: clock.reading(step.instant, step.at) };
  if (step.do !== "burst") return {};
  const samples = step.samples.map(([origin, received, sent, arrived]) => ({ origin, received, sent, arrived }));
  return { change: clock.addBurst(samples, step.at) };
}

for (const each of cases("session")) {
  test(`session: ${each.name}`, () => {
    const session = new ClientSession(new DeviceClock(), () => each.random, { udp: each.udp });
    for (const step of each.steps) {
      const extra = sessionStep(session, step);
      const turn = session.take();
      const then = {
        ...extra,
        messages: turn.messages.map((message) => JSON.parse(message)),
        probes: turn.probes,
        events: turn.events.map(asWritten),
        state: session.state,
        wake_at: session.wakeAt(),
      };
      assert.deepEqual(then, { ...step.then, events: step.then.events.map(skippedByCode) }, `${step.do} at ${step.at}`);
    }
  });
}

function sessionStep(session, step) {
  const { at } = step;
  if (step.do === "start") session.start(at, step.within);
  if (step.do === "stop") session.stop();
  if (step.do === "resume") session.resume(at);
  if (step.do === "connecting") session.connecting();
  if (step.do === "opened") session.opened(step.hello, at);
  if (step.do === "closed") session.closed(at);
  if (step.do === "report") session.report(step.items, at);
  if (step.do === "receipt") session.receipt(step.receipt, at);
  if (step.do === "receive") session.receive(step.text ?? JSON.stringify(step.message), at);
  if (step.do === "answer") session.answer(step.probe, step.received, step.sent, at);
  if (step.do === "tick") session.tick(at);
  if (step.do === "send") return { sent: session.send(step.message) };
  return {};
}

/** Events as the vectors write them: fields at their default left out. */
function asWritten(event) {
  if (event.event === "opened") return { ...event, welcome: JSON.parse(encode(event.welcome)) };
  if (event.event === "arrived") return { ...event, message: JSON.parse(encode(event.message)) };
  if (event.event === "reports_settled") return { ...event, outcomes: JSON.parse(encode({ type: "ack", outcomes: event.outcomes })).outcomes };
  return skippedByCode(event);
}

/** Words of a malformed message differ between the two languages; its code does not. */
function skippedByCode(event) {
  return event.event === "skipped" && event.code === "malformed" ? { event: event.event, code: event.code } : event;
}
