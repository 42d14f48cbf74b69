// Asking the server over HTTP: reading, and the one door for change. Every failure is a `Problem` in words for people.

import { t } from "./i18n.js";
import { uuid7 } from "./ids.js";
import { said, saidFields } from "./said.js";

/** Pauses before the same request is sent again after the network failed, in milliseconds; the jitter halves them at most. */
const RETRIES = [400, 1200, 3000];
const RETRIED_STATUS = new Set([502, 503, 504]);
const TIMEOUT = 10_000;
/** A command given `once` (a press) that is not answered by then has failed, and is never sent again. */
const ONCE_TIMEOUT = 4_000;

/**
 * @typedef {{code: string, detail: string, fields?: Record<string, string>}} ProblemBody
 * @typedef {{id: string, outcome: "accepted"|"refused", seq?: number, problem?: ProblemBody}} Answer
 * @typedef {Record<string, unknown> & {kind: string, id?: string}} CommandFields
 */

/** A request that did not do what was asked. `code` can be searched for, `message` is for people. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {{status?: number, fields?: Record<string, string>}} [more]
   */
  constructor(code, detail, { status = 0, fields = {} } = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** Which of the cookies in this browser to use; `<meta name="diemcau-as">` of the page. */
function ownName() {
  return document.querySelector('meta[name="diemcau-as"]')?.getAttribute("content") ?? "";
}

/**
 * @param {string} path
 * @param {Record<string, string | number | boolean | undefined>} [query]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export function read(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return request("GET", text ? `${path}?${text}` : path);
}

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export function post(path, body) {
  return request("POST", path, body);
}

/**
 * Bytes of a picture or a file, not JSON. Tried once: the next picture comes soon.
 * @param {string} path
 * @returns {Promise<Blob>}
 * @throws {Problem}
 */
export async function readBlob(path) {
  return (await bytes("GET", path)).blob();
}

/**
 * @param {string} path
 * @param {Blob} body
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function putBlob(path, body) {
  return (await bytes("PUT", path, body)).json();
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export function remove(path) {
  return request("DELETE", path);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Blob} [body]
 */
async function bytes(method, path, body) {
  const answer = await send(method, path, body, TIMEOUT).catch(() => {
    throw offline();
  });
  if (!answer.ok) throw await problemFrom(answer);
  return answer;
}

/**
 * Give one command. The id is made here once, so sending it again after a lost answer changes nothing twice.
 * @param {CommandFields} fields
 * @param {{once?: boolean}} [options] `once`: not sent again by itself and given up after 4 s; for presses, which never wait
 * @returns {Promise<Answer>} accepted
 * @throws {Problem} refused by the rules, or not reached
 */
export async function command(fields, options) {
  const [answer] = await commands([fields], options);
  if (answer.outcome === "refused") throw problemOf(answer.problem);
  return answer;
}

/**
 * Give several commands, decided one by one in order; some may be refused while others are accepted.
 * @param {CommandFields[]} list
 * @param {{once?: boolean}} [options]
 * @returns {Promise<Answer[]>}
 * @throws {Problem} the batch was not reached at all
 */
export function commands(list, options) {
  return request(
    "POST",
    "/api/v1/commands",
    list.map((fields) => ({ id: uuid7(), ...fields })),
    options,
  );
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{once?: boolean}} [options]
 */
async function request(method, path, body, { once = false } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  // Only what is safe to repeat is repeated: reads, and commands, which carry their ids.
  const repeatable = !once && (method === "GET" || path === "/api/v1/commands");
  for (let tried = 0; ; tried += 1) {
    const last = !repeatable || tried >= RETRIES.length;
    try {
      const answer = await send(method, path, text, once ? ONCE_TIMEOUT : TIMEOUT);
      if (answer.ok) return answer.status === 204 ? null : inOwnWords(await answer.json());
      if (last || !RETRIED_STATUS.has(answer.status)) throw await problemFrom(answer);
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (last) throw offline();
    }
    await pause(RETRIES[tried] * (0.5 + Math.random() / 2));
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string | Blob | undefined} body
 * @param {number} timeout milliseconds
 */
function send(method, path, body, timeout) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  const name = ownName();
  if (name) headers["Diemcau-As"] = name;
  if (body !== undefined) headers["Content-Type"] = typeof body === "string" ? "application/json" : body.type;
  return fetch(path, { method, headers, body, credentials: "same-origin", signal: AbortSignal.timeout(timeout) });
}

/**
 * The refusals within an answer, in the words of this page: of one command, of several, or of a file that was brought.
 * @param {any} body
 */
function inOwnWords(body) {
  for (const answer of Array.isArray(body) ? body : [body, body?.answer]) {
    const problem = answer?.problem;
    if (typeof problem?.detail === "string") answer.problem = { ...problem, detail: said(problem.detail), fields: saidFields(problem.fields) };
  }
  return body;
}

/** @param {Response} answer */
async function problemFrom(answer) {
  const body = await answer.json().catch(() => null);
  if (body && typeof body.detail === "string") return problemOf({ ...body, detail: said(body.detail), fields: saidFields(body.fields) }, answer.status);
  return new Problem(`http_${answer.status}`, wordsForStatus(answer.status), { status: answer.status });
}

/**
 * @param {ProblemBody | undefined} body
 * @param {number} [status]
 */
function problemOf(body, status = 200) {
  return new Problem(body?.code ?? "refused", body?.detail ?? t("Trung tâm không nhận việc này."), { status, fields: body?.fields });
}

function offline() {
  return new Problem("offline", t("Không tới được trung tâm. Kiểm tra mạng rồi thử lại; chưa có gì thay đổi."));
}

/** @param {number} status */
function wordsForStatus(status) {
  if (status === 401) return t("Liên kết đã hết hiệu lực. Mở lại liên kết được cấp, hoặc xin liên kết mới.");
  if (status === 403) return t("Liên kết của bạn không có quyền làm việc này.");
  if (status === 404) return t("Không có mục này.");
  if (status === 413) return t("Nội dung gửi lên quá lớn.");
  if (status === 429) return t("Gửi quá nhanh. Đợi một phút rồi thử lại.");
  return t("Trung tâm đang gặp sự cố (mã {status}). Thử lại sau ít phút.", { status });
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
