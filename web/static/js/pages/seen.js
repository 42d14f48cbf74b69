// /seen: somebody scanned a site's poster. One tap counts this browser once; at another point it asks to move.

import { Problem, post } from "../lib/api.js";
import { browserId } from "../lib/browser_id.js";
import { t } from "../lib/i18n.js";
import { byId, setText } from "../lib/page.js";
import { seenWords } from "../models/seen.js";

/** Tried again by itself after "too many from this network", in ms, where the centre does not say when. */
const AGAIN = 30_000;

const token = location.hash.slice(1);
const act = /** @type {HTMLButtonElement} */ (byId("act"));
const other = byId("other");
/** @type {import("../models/seen.js").SeenAnswer | null} */
let answer = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

act.addEventListener("click", () => void ask({ move: answer?.state === "elsewhere" }));
other.addEventListener("click", () => {
  show({ title: t("Giữ nguyên tại {other}", { other: answer?.other ?? "" }), words: t("Có thể đóng trang này."), act: "", other: "" }, "kept");
});
addEventListener("hashchange", () => location.reload());
if (token) void ask({ look: true });
else show({ title: t("Quét mã trên áp phích"), words: t("Trang này mở từ mã QR trên áp phích của điểm cầu."), act: "", other: "" }, "empty");

/** @param {{look?: boolean, move?: boolean}} how */
async function ask(how) {
  clearTimeout(timer);
  act.disabled = true;
  setText(byId("code"), "");
  try {
    answer = await post("/api/v1/seen", { token, browser: browserId(), ...how });
    if (answer) show(seenWords(answer), answer.state);
  } catch (error) {
    refused(error instanceof Problem ? error : new Problem("page_error", String(error)), how);
  }
  act.disabled = false;
}

/** @param {Problem} problem @param {{look?: boolean, move?: boolean}} how */
function refused(problem, how) {
  const waits = problem.code === "too_many_seen";
  if (waits) timer = setTimeout(() => void ask(how), AGAIN * (0.5 + Math.random()));
  const mayTry = waits || problem.code === "offline";
  const title = waits ? t("Đang chờ tới lượt") : problem.code === "seen_off" ? t("Không cần tự điểm danh") : t("Chưa ghi nhận được");
  show({ title, words: problem.message, act: mayTry ? t("Thử lại") : "", other: "" }, "refused");
  setText(byId("code"), problem.code);
}

/** @param {import("../models/seen.js").SeenWords} words @param {string} state */
function show(words, state) {
  byId("title").classList.remove("skeleton");
  setText(byId("title"), words.title);
  setText(byId("words"), words.words);
  setText(byId("ceremony"), answer?.ceremony ?? "");
  setText(byId("site"), answer ? t("{name} · điểm cầu {code}", { name: answer.name, code: answer.site }) : "");
  setText(act, words.act);
  act.hidden = words.act === "";
  setText(other, words.other);
  other.hidden = words.other === "";
  byId("main").dataset.state = state;
}
