// What is wrong with a file that was brought: row, column, value and reason; or that it was taken.

import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

const SHOWN = 40;

/**
 * @param {{rows: number, columns: string[], problems: Array<{row: number, column: string, value: string, reason: string}>,
 *   answer: {outcome: string, problem?: {detail: string, fields?: Record<string, string>}} | null}} answer
 * @returns {HTMLElement[]}
 */
export function problemList(answer) {
  const refused = answer.answer?.problem;
  if (refused) {
    const fields = Object.entries(refused.fields ?? {}).map(([name, words]) => make("li", { text: `${name}: ${words}` }));
    return [make("p", { class: "banner is-bad", text: refused.detail }), make("ul", { class: "file-problems" }, fields)];
  }
  if (answer.problems.length === 0) return [make("p", { class: "banner is-good", text: t("Đã nhập {count} dòng.", { count: answer.rows }) })];
  const rows = answer.problems.slice(0, SHOWN).map((each) => {
    const place = [each.row ? t("dòng {row}", { row: each.row }) : "", each.column ? t("cột “{column}”", { column: each.column }) : "", each.value ? `“${each.value}”` : ""].filter(Boolean).join(", ");
    return make("li", { text: place ? `${place}: ${each.reason}` : each.reason });
  });
  const more = answer.problems.length - rows.length;
  if (more > 0) rows.push(make("li", { text: t("và {count} chỗ nữa", { count: more }) }));
  return [make("p", { class: "banner is-bad", text: t("Tệp có {count} chỗ cần sửa; chưa thay đổi gì.", { count: answer.problems.length }) }), make("ul", { class: "file-problems" }, rows)];
}
