// The messages of the site link (`diemcau.site.v1`): the mirror of site_agent/link/messages.py. Instants and durations are
// integer microseconds.

import { dictionary, flag, integer, listOf, nullable, oneOf, optional, real, struct, text } from "./shapes.js";

export const SUBPROTOCOL = "diemcau.site.v1";
export const MAX_MESSAGE_BYTES = 64 * 1024;

/**
 * @typedef {import("./signed.js").Signed} Signed
 * @typedef {{base: number, cap: number, spread: number}} Backoff
 * @typedef {"screen" | "effector" | "companion" | "seat"} Part
 * @typedef {{id: string, title: string, starts_at: number, live_key: string, rehearsal_key: string}} CeremonyInfo
 * @typedef {{live: boolean, cue: string, attempt: number, plan_hash: string, title: string, subtitle: string, portal: string,
 *   mode: "stage" | "programme", polling: boolean, assets: {name: string, sha256: string, bytes: number}[]}} CuePrepare
 * @typedef {{session: string, now: number, site: string, site_name: string, device: string, part: Part, ceremony: CeremonyInfo,
 *   heartbeat_every: number, backoff: Backoff, time_service: {port: number, key: string, clock_id: string} | null,
 *   prepare: CuePrepare | null, orders: Signed[], aborts: Signed[]}} Welcome
 * @typedef {{visible?: boolean, awake?: boolean, sound?: boolean | null, fullscreen?: boolean | null, battery?: number | null,
 *   on_generator?: boolean, charging?: boolean | null}} Health
 * @typedef {import("../models/playback.js").PlaybackReport} PlaybackReport
 * @typedef {{type: string} & Record<string, any>} Message
 */

export const signed = struct({ body: text, key: text, sig: text });

const health = struct({
  visible: optional(flag, true),
  awake: optional(flag, true),
  sound: optional(nullable(flag)),
  fullscreen: optional(nullable(flag)),
  battery: optional(nullable(real)),
  on_generator: optional(flag, false),
  charging: optional(nullable(flag)),
});

const playback = struct({
  playing: optional(flag, false),
  latency: optional(nullable(integer)),
  stalls: optional(integer, 0),
  frozen: optional(flag, false),
  sound: optional(flag, false),
});

const probeCount = struct({ first: integer, last: integer, sent: integer, answered: integer });

const reportItem = struct({ id: text, kind: text, occurred_at: integer, fields: optional(dictionary, {}), device_at: optional(nullable(integer)) });

const prepareFields = {
  live: flag,
  cue: text,
  attempt: integer,
  plan_hash: text,
  title: text,
  subtitle: text,
  portal: text,
  mode: oneOf("stage", "programme"),
  polling: flag,
  assets: optional(listOf(struct({ name: text, sha256: text, bytes: integer })), []),
};

const ceremonyInfo = struct({ id: text, title: text, starts_at: integer, live_key: text, rehearsal_key: text });
const timeService = struct({ port: integer, key: text, clock_id: text });
const outcome = struct({ id: text, accepted: flag, code: optional(text, ""), detail: optional(text, "") });

/** What a device sends, by type. @type {Record<string, Record<string, import("./shapes.js").Shape | import("./shapes.js").Optional>>} */
export const FROM_DEVICE = {
  hello: { proof: signed, agent: text, capabilities: optional(listOf(text), []) },
  heartbeat: {
    seq: integer,
    sent_at: integer,
    round_trip: optional(nullable(integer)),
    jitter: optional(nullable(integer)),
    loss: optional(nullable(real)),
    clock_offset: optional(nullable(integer)),
    clock_bound: optional(nullable(integer)),
    health: optional(health, undefined),
    outbox: optional(integer, 0),
    jitter_up: optional(nullable(integer)),
    jitter_down: optional(nullable(integer)),
    loss_up: optional(nullable(real)),
    loss_down: optional(nullable(real)),
    probes: optional(nullable(probeCount)),
    up_kbps: optional(nullable(integer)),
    down_kbps: optional(nullable(integer)),
    playback: optional(nullable(playback)),
  },
  report: { items: listOf(reportItem) },
  time_request: { probe: integer, origin: integer },
  cue_ready: {
    live: flag,
    cue: text,
    attempt: integer,
    plan_hash: text,
    ready: flag,
    reasons: optional(listOf(text), []),
  },
  cue_loaded: { order_hash: text, refused: optional(text, "") },
  cue_receipt: { id: text, receipt: signed },
  press: { press: signed },
  warrant_held: { held: signed },
  warrant_return: { returned: signed },
};

/** What the server sends, by type. @type {Record<string, Record<string, import("./shapes.js").Shape | import("./shapes.js").Optional>>} */
export const FROM_SERVER = {
  welcome: {
    session: text,
    now: integer,
    site: text,
    site_name: text,
    device: text,
    part: oneOf("screen", "effector", "companion", "seat"),
    ceremony: ceremonyInfo,
    heartbeat_every: integer,
    backoff: struct({ base: integer, cap: integer, spread: integer }),
    time_service: optional(nullable(timeService)),
    prepare: optional(nullable(struct({ type: oneOf("cue_prepare"), ...prepareFields }))),
    orders: optional(listOf(signed), []),
    aborts: optional(listOf(signed), []),
  },
  ack: { outcomes: listOf(outcome) },
  time_reply: { probe: integer, origin: integer, received: integer, sent: integer, clock_id: text },
  cue_prepare: prepareFields,
  cue_order: { order: signed },
  cue_abort: { abort: signed },
  cue_cleared: { cue: text, attempt: integer },
  warrant_offer: { warrant: signed },
  notice: { code: text, detail: text, level: optional(text, "info") },
  floor: { state: text, site: optional(nullable(text)), muted: optional(flag, false) },
  reconnect: { reason: text, fenced: optional(flag, false), after: optional(integer, 0), spread: optional(integer, 0) },
};
