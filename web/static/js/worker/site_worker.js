// The service worker of /site, and of /timer: the page opens without a network once it was open with one.
//
// It keeps two things and no more: the files under /static that the page is made of, all of one version, and the page itself (which
// holds no secret: that is in a cookie no script can read). Never an answer of the API, never /enter. The server puts the version
// and the list of files in front of this script (/sw.js), so a new version is a new worker.
//
//   navigation   the network; the kept page when there is none within 4 s
//   /static/…    from the version that the page came with; a page of another version gets its files from the network
//   update       a new worker waits until the person agrees, or until the last page is closed: nothing typed is thrown away

/** @typedef {{version: string, page: string, files: string[]}} Kit */

const worker = /** @type {any} */ (self);
const { version, page: own, files } = /** @type {Kit} */ (worker.DIEMCAU);

const OURS = `diemcau-${own}-`;
const CACHE = OURS + version;
const PAGE = `/${own}`;
/** A network that has not answered by then is as good as none, in ms. */
const PATIENCE = 4000;

/** Which cache the files of an open page come from; null: the network, the page is of another version. @type {Map<string, string | null>} */
const origins = new Map();

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.type === "take_over") event.waitUntil(worker.skipWaiting());
  else if (event.data?.type === "keep") event.waitUntil(keepFor(event.source, String(event.data.url)));
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === PAGE) event.respondWith(page(event, url));
  } else if (url.pathname.startsWith("/static/")) event.respondWith(asset(event, url.pathname));
});

async function install() {
  const cache = await caches.open(CACHE);
  // Asked for anew: what the browser kept by itself may be of the version before.
  await cache.addAll(files.map((path) => new Request(path, { cache: "no-cache" })));
  for (const name of await olderCaches()) await moveIn(name);
}

async function activate() {
  for (const name of await olderCaches()) if (await moveIn(name)) await caches.delete(name);
  await worker.clients.claim();
}

async function olderCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
}

/** Take over the pages of an older version. @param {string} name @returns {Promise<boolean>} nothing there is needed any more */
async function moveIn(name) {
  const old = await caches.open(name);
  let all = true;
  for (const { url } of await old.keys()) {
    const { pathname, search } = new URL(url);
    if (pathname === PAGE && (await keep(pathname + search)) === "unreached") all = false;
  }
  return all;
}

/** @param {any} source @param {string} url */
async function keepFor(source, url) {
  source?.postMessage({ type: "kept", version, outcome: await keep(url) });
}

/**
 * Fetch a page and keep it if it is of this version.
 * @param {string} url
 * @returns {Promise<"kept" | "other" | "unreached">} `other`: of another version, or no page any more (the session is over)
 */
async function keep(url) {
  const asked = new URL(url, worker.location.origin);
  if (asked.origin !== worker.location.origin || asked.pathname !== PAGE) return "other";
  try {
    const answer = await fetch(asked, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (answer.status >= 500) return "unreached";
    return (await keepAnswer(asked, answer)) ? "kept" : "other";
  } catch {
    return "unreached";
  }
}

/** @param {URL} url @param {Response} answer */
async function keepAnswer(url, answer) {
  if (answer.status !== 200 || answer.headers.get("Diemcau-Build") !== version) return false;
  const cache = await caches.open(CACHE);
  await cache.put(keyOf(url), answer.clone());
  return true;
}

/** One page for each session and site, whatever else stands in the address. @param {URL} url */
function keyOf(url) {
  const key = new URL(PAGE, url.origin);
  for (const name of ["as", "site"]) {
    const value = url.searchParams.get(name);
    if (value) key.searchParams.set(name, value);
  }
  return key.href;
}

/** @param {any} event @param {URL} url */
async function page(event, url) {
  const client = event.resultingClientId;
  const kept = await keptPage(url);
  try {
    const answer = await within(fetch(event.request), kept ? PATIENCE : 0);
    if (kept && answer.status >= 502 && answer.status <= 504) return opened(client, kept);
    origins.set(client, (await keepAnswer(url, answer)) ? CACHE : null);
    return answer;
  } catch (error) {
    if (kept) return opened(client, kept);
    throw error;
  }
}

/** @param {string} client @param {{name: string, answer: Response}} kept */
function opened(client, { name, answer }) {
  origins.set(client, name);
  return answer;
}

/** The kept page of an address; where it names no session, the page kept last. @param {URL} url */
async function keptPage(url) {
  const names = [CACHE, ...(await olderCaches()).reverse()];
  for (const name of names) {
    const answer = await (await caches.open(name)).match(keyOf(url));
    if (answer) return { name, answer };
  }
  if (url.searchParams.has("as")) return null;
  for (const name of names) {
    const cache = await caches.open(name);
    const last = (await cache.keys()).filter((request) => new URL(request.url).pathname === PAGE).at(-1);
    const answer = last && (await cache.match(last));
    if (answer) return { name, answer };
  }
  return null;
}

/** @param {any} event @param {string} path */
async function asset(event, path) {
  const from = origins.get(event.clientId);
  if (from) {
    const hit = await (await caches.open(from)).match(path);
    if (hit) return hit;
  }
  try {
    return await within(fetch(event.request), PATIENCE);
  } catch (error) {
    const any = await caches.match(path);
    if (any) return any;
    throw error;
  }
}

/**
 * @template T
 * @param {Promise<T>} work
 * @param {number} patience in ms; 0: as long as it takes
 * @returns {Promise<T>}
 */
function within(work, patience) {
  if (patience === 0) return work;
  return Promise.race([
    work,
    new Promise((_, refuse) => {
      setTimeout(() => refuse(new TypeError("no answer")), patience);
    }),
  ]);
}
