// The service worker of /site with a small browser around it: caches, a network that can be cut, and two versions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(new URL("../../web/static/js/worker/site_worker.js", import.meta.url), "utf8");
const ORIGIN = "https://cau.test";
const PAGE = `${ORIGIN}/site?as=11111111`;

/** Caches that outlive a worker. */
class FakeCaches {
  stores = new Map();
  async open(name) {
    if (!this.stores.has(name)) this.stores.set(name, new FakeCache(this));
    return this.stores.get(name);
  }
  async keys() {
    return [...this.stores.keys()];
  }
  async delete(name) {
    return this.stores.delete(name);
  }
  async match(key) {
    for (const store of this.stores.values()) {
      const hit = await store.match(key);
      if (hit) return hit;
    }
    return undefined;
  }
  kept() {
    return [...this.stores].flatMap(([, store]) => [...store.entries.keys()].map((url) => new URL(url).pathname + new URL(url).search));
  }
}

class FakeCache {
  entries = new Map();
  async put(key, answer) {
    this.entries.set(address(key), answer);
  }
  async match(key) {
    return this.entries.get(address(key))?.clone();
  }
  async keys() {
    return [...this.entries.keys()].map((url) => ({ url }));
  }
}

const address = (key) => new URL(typeof key === "string" ? key : (key.url ?? key.href ?? String(key)), ORIGIN).href;

/** A browser: `network` answers or throws; `build` is what the server runs. */
function browser(caches, version, network) {
  const listeners = {};
  const asked = [];
  const self = {
    DIEMCAU: { version, page: "site", files: ["/static/js/pages/site.js", "/static/css/site.css"] },
    location: { origin: ORIGIN },
    addEventListener: (name, listener) => (listeners[name] = listener),
    clients: { claim: async () => undefined },
    skipWaiting: async () => (self.skipped = true),
  };
  const fetch = async (request) => {
    const url = address(request);
    asked.push(new URL(url).pathname);
    return network(url);
  };
  FakeCache.prototype.addAll = async function (requests) {
    for (const request of requests) await this.put(request.url, await fetch(request));
  };
  class FakeRequest {
    constructor(url) {
      this.url = address(url);
    }
  }
  vm.runInNewContext(SCRIPT, { self, caches, fetch, URL, Response, Request: FakeRequest, Map, Promise, TypeError, setTimeout: (work, after) => setTimeout(work, after / 200), String });
  const wait = async (name, event = {}) => {
    let work;
    await listeners[name]({ ...event, waitUntil: (given) => (work = given) });
    await work;
  };
  const get = (url, { client = "c1", mode = "cors", method = "GET" } = {}) => {
    let given;
    listeners.fetch({ request: { url, method, mode }, clientId: client, resultingClientId: client, respondWith: (work) => (given = work) });
    return given;
  };
  return { self, asked, wait, get, open: (url = PAGE, client = "c1") => get(url, { client, mode: "navigate" }) };
}

const server = (build) => async (url) =>
  new URL(url).pathname === "/site"
    ? new Response(`page ${build}`, { headers: { "Diemcau-Build": build } })
    : new Response(`${new URL(url).pathname} ${build}`);
const dead = async () => {
  throw new TypeError("failed to fetch");
};
const text = async (answer) => (await answer).text();

async function installed(caches, version, network) {
  const found = browser(caches, version, network);
  await found.wait("install");
  await found.wait("activate");
  return found;
}

test("without a network the page and its files come from what was kept", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  const later = browser(caches, "v1", dead);
  assert.equal(await text(later.open()), "page v1");
  assert.equal(await text(later.get(`${ORIGIN}/static/css/site.css`)), "/static/css/site.css v1");
});

test("a network that says nothing for four seconds is as good as none", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  const later = browser(caches, "v1", () => new Promise(() => undefined));
  assert.equal(await text(later.open()), "page v1");
});

test("a gateway whose server is down does not hide the kept page", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  const later = browser(caches, "v1", async () => new Response("bad gateway", { status: 502 }));
  assert.equal(await text(later.open()), "page v1");
});

test("nothing of the API, of /enter or of another origin is touched, and no command either", async () => {
  const caches = new FakeCaches();
  const found = await installed(caches, "v1", server("v1"));
  assert.equal(found.get(`${ORIGIN}/api/v1/session`), undefined);
  assert.equal(found.get(`${ORIGIN}/enter`, { mode: "navigate" }), undefined);
  assert.equal(found.get(`${ORIGIN}/wall`, { mode: "navigate" }), undefined);
  assert.equal(found.get("https://other.test/static/x.js"), undefined);
  assert.equal(found.get(`${ORIGIN}/static/x.js`, { method: "POST" }), undefined);
  await found.open(`${PAGE}&lang=en#secret`);
  assert.deepEqual(caches.kept().sort(), ["/site?as=11111111", "/static/css/site.css", "/static/js/pages/site.js"]);
});

test("pages of two links are kept apart, and an address without one opens the last", async () => {
  const caches = new FakeCaches();
  const network = async (url) => new Response(`page ${new URL(url).searchParams.get("as")}`, { headers: { "Diemcau-Build": "v1" } });
  const found = await installed(caches, "v1", network);
  await found.open(`${ORIGIN}/site?as=11111111`);
  await found.open(`${ORIGIN}/site?as=22222222`);
  const later = browser(caches, "v1", dead);
  assert.equal(await text(later.open(`${ORIGIN}/site?as=11111111`)), "page 11111111");
  assert.equal(await text(later.open(`${ORIGIN}/site`)), "page 22222222");
  await assert.rejects(later.open(`${ORIGIN}/site?as=33333333`));
});

test("a page of a newer version gets its files from the network, not from the old cache", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  const old = browser(caches, "v1", server("v2"));
  assert.equal(await text(old.open()), "page v2");
  assert.equal(await text(old.get(`${ORIGIN}/static/css/site.css`)), "/static/css/site.css v2");
  const offline = browser(caches, "v1", dead);
  assert.equal(await text(offline.open()), "page v1", "what is kept stays of one version");
});

test("a page of its own version takes no file twice over the network", async () => {
  const caches = new FakeCaches();
  const found = await installed(caches, "v1", server("v1"));
  await found.open();
  found.asked.length = 0;
  await found.get(`${ORIGIN}/static/css/site.css`);
  assert.deepEqual(found.asked, []);
});

test("the next version moves the pages in before it throws the old ones away", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  await installed(caches, "v2", server("v2"));
  assert.deepEqual(await caches.keys(), ["diemcau-site-v2"]);
  const later = browser(caches, "v2", dead);
  assert.equal(await text(later.open()), "page v2");
});

test("where the network fails during an update the old version is kept whole", async () => {
  const caches = new FakeCaches();
  await (await installed(caches, "v1", server("v1"))).open();
  const flaky = async (url) => (new URL(url).pathname === "/site" ? dead() : server("v2")(url));
  const found = await installed(caches, "v2", flaky);
  assert.ok((await caches.keys()).includes("diemcau-site-v1"));
  const offline = browser(caches, "v2", dead);
  assert.equal(await text(offline.open()), "page v1");
  assert.equal(await text(offline.get(`${ORIGIN}/static/css/site.css`)), "/static/css/site.css v1");
  assert.ok(found);
});

test("a session that is over is not kept as a page", async () => {
  const caches = new FakeCaches();
  const found = await installed(caches, "v1", async (url) => (new URL(url).pathname === "/site" ? new Response("", { status: 303 }) : server("v1")(url)));
  await found.open();
  assert.ok(!caches.kept().some((path) => path.startsWith("/site")));
});

test("a new version waits until it is told to take over", async () => {
  const found = await installed(new FakeCaches(), "v1", server("v1"));
  assert.equal(found.self.skipped, undefined);
  await found.wait("message", { data: { type: "take_over" } });
  assert.equal(found.self.skipped, true);
});

test("the page asks to be kept and hears whether it was", async () => {
  const caches = new FakeCaches();
  const found = await installed(caches, "v1", server("v1"));
  const told = [];
  await found.wait("message", { data: { type: "keep", url: "/site?as=11111111" }, source: { postMessage: (message) => told.push(message) } });
  assert.deepEqual(told.map((message) => ({ ...message })), [{ type: "kept", version: "v1", outcome: "kept" }]);
  await found.wait("message", { data: { type: "keep", url: "/api/v1/session" }, source: { postMessage: (message) => told.push(message) } });
  assert.equal(told[1].outcome, "other");
});
