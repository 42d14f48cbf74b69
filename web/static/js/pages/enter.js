// /enter: trades the secret after # for a session, takes it out of the address bar, and goes on to the link's page.

import { Problem, post } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { inAppBrowser, system } from "../models/in_app.js";
import { pageAfter, readLinkText } from "../models/link_text.js";

/**
 * @typedef {{as: string, role: string, page: string}} Session
 * @typedef {{state: string, claim: string, check: string}} Waiting
 */

const ASK_AGAIN = 2000;
const SECTIONS = ["opening", "inside", "ask", "confirm"];

const input = /** @type {HTMLInputElement} */ (byId("link"));
const next = new URLSearchParams(location.search).get("next");
let claim = "";

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void take(input.value);
});
byId("copy").addEventListener("click", () => void copyLink());
byId("stay").addEventListener("click", () => void open(location.hash.slice(1)));
byId("cancel").addEventListener("click", () => {
  claim = "";
  show("ask");
});
for (const link of document.querySelectorAll("[data-language]")) link.addEventListener("click", keepSecret);
window.addEventListener("hashchange", begin);
begin();

function begin() {
  const secret = location.hash.slice(1);
  const inside = inAppBrowser(navigator.userAgent);
  if (!secret) askWhy();
  else if (inside) explainInApp(inside);
  else void open(secret);
}

/** No secret in the address: say why the person was sent here, where the page knows it. */
function askWhy() {
  const why = new URLSearchParams(location.search).get("why");
  if (why === "session_over") tell(new Problem(why, t("Phiên mở trang đã hết hạn. Quét lại mã QR trên phiếu, hoặc mở lại liên kết. Những gì đã nhập trên máy này vẫn còn.")), "");
  else if (why === "link_revoked") tell(new Problem(why, t("Liên kết đã được thay bằng liên kết mới. Gọi đội kỹ thuật để nhận liên kết mới.")), "");
  else show("ask");
}

/** @param {string} text */
async function take(text) {
  const { kind, value } = readLinkText(text);
  const wrong = {
    empty: t("Dán liên kết hoặc gõ mã ngắn vào ô này."),
    cut: t("Liên kết bị thiếu phần cuối. Sao chép lại cả liên kết rồi dán vào đây."),
    unknown: t("Không phải liên kết hay mã ngắn. Mã ngắn có tám chữ số (trên phiếu: mười)."),
  };
  const words = kind === "token" || kind === "code" ? "" : wrong[kind];
  setText(byId("link-error"), words);
  input.setAttribute("aria-invalid", String(words !== ""));
  if (kind === "token") await open(value);
  else if (kind === "code") await redeem({ code: value });
  else input.focus();
}

/** @param {string} secret */
async function open(secret) {
  show("opening");
  const { kind, value } = readLinkText(secret);
  if (kind !== "token") {
    tell(new Problem("link_cut", t("Liên kết bị thiếu phần cuối.")), "");
    return;
  }
  try {
    goOn(await post("/api/v1/session", { token: value }));
  } catch (error) {
    tell(error, value);
  }
}

/** @param {{code: string} | {claim: string}} what */
async function redeem(what) {
  try {
    const answer = /** @type {Session & Waiting} */ (await post("/api/v1/codes/redeem", what));
    if (answer.page) goOn(answer);
    else wait(answer);
  } catch (error) {
    const retried = error instanceof Problem && error.code === "offline" && "claim" in what;
    if (retried) setTimeout(() => void askAgain(), ASK_AGAIN);
    else tell(error, "");
  }
}

/** @param {Waiting} answer */
function wait(answer) {
  claim = answer.claim;
  setText(byId("check"), answer.check);
  show("confirm");
  setTimeout(() => void askAgain(), ASK_AGAIN);
}

async function askAgain() {
  if (claim) await redeem({ claim });
}

/** @param {Session} session */
function goOn(session) {
  history.replaceState(null, "", location.pathname);
  location.replace(pageAfter(session, next));
}

/**
 * @param {unknown} error
 * @param {string} secret kept in the field when it is worth another try
 */
function tell(error, secret) {
  const problem = error instanceof Problem ? error : new Problem("page_error", String(error));
  const again = problem.code === "offline" || problem.status >= 500 || problem.status === 429;
  history.replaceState(null, "", location.pathname + location.search);
  claim = "";
  input.value = again ? secret : "";
  setText(byId("problem-words"), problem.message);
  setText(byId("problem-next"), again ? t("Bấm Mở trang để thử lại.") : t("Dán lại liên kết, hoặc gọi người cấp liên kết để xin liên kết mới."));
  setText(byId("problem-code"), problem.code);
  byId("problem").hidden = false;
  show("ask");
}

/** @param {NonNullable<import("../models/in_app.js").InApp>} inside */
function explainInApp(inside) {
  const names = { zalo: "Zalo", facebook: "Facebook", messenger: "Messenger", tiktok: "TikTok" };
  setText(byId("inside-title"), t("Bạn đang mở trong {app}", { app: names[inside] }));
  const browser = system(navigator.userAgent) === "ios" ? "Safari" : "Chrome";
  const steps = [
    t("Bấm nút ba chấm ở góc trên bên phải."),
    t("Chọn “Mở bằng trình duyệt”."),
    t("Không thấy? Bấm Sao chép liên kết, mở {browser}, dán vào thanh địa chỉ.", { browser }),
  ];
  byId("inside-steps").replaceChildren(...steps.map((text) => make("li", { text })));
  show("inside");
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    setText(byId("copied"), t("Đã sao chép. Mở trình duyệt rồi dán vào thanh địa chỉ."));
  } catch {
    setText(byId("copied"), t("Ứng dụng này không cho sao chép. Giữ tay vào tin nhắn chứa liên kết rồi chọn sao chép."));
  }
}

/** Changing the language must not lose the secret. @param {Event} event */
function keepSecret(event) {
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  link.hash = location.hash;
}

/** @param {string} name */
function show(name) {
  for (const section of SECTIONS) byId(section).hidden = section !== name;
  if (name === "ask") input.focus();
}
