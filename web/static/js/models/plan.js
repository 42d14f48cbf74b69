// A cue's plan as a form: fields for people (seconds, minutes, names with commas) and back.

import { t } from "../lib/i18n.js";

/**
 * @typedef {{ceremony_id: string, cue: string, title: string, subtitle: string, portal: string, trigger: "countdown"|"seats",
 *   trigger_seats: string[], k: number, hold: number, pad_seats: string[], substitutes: string[], lead: number, window: number,
 *   late_policy: {fire_within: number}, not_after: number, assets: object[]}} Plan
 */

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/**
 * @param {Plan} plan
 * @returns {import("../elements/ask_dialog.js").Field[]}
 */
export function planFields(plan) {
  return [
    { name: "title", label: t("Dòng chính"), value: plan.title, required: true },
    { name: "subtitle", label: t("Dòng phụ"), value: plan.subtitle },
    { name: "portal", label: t("Địa chỉ cổng"), value: plan.portal },
    {
      name: "trigger",
      label: t("Cách bấm"),
      value: plan.trigger,
      choices: [
        ["seats", t("Lãnh đạo nhấn nút")],
        ["countdown", t("MC đếm 3 – 2 – 1")],
      ],
    },
    {
      name: "trigger_seats",
      label: t("Ghế có quyền phát động"),
      value: plan.trigger_seats.join(", "),
      hint: t("Tên ghế như trên liên kết, cách nhau bằng dấu phẩy. MC đếm thì chỉ ghi tên ghế của MC."),
    },
    { name: "pad_seats", label: t("Ghế chỉ ghi nhận"), value: plan.pad_seats.join(", "), hint: t("Nút sáng lên và được ghi lại, không tính.") },
    { name: "k", label: t("Số nút cần nhấn"), value: String(plan.k), type: "number" },
    { name: "hold", label: t("Giữ nút (giây, 0 là chạm)"), value: String(plan.hold / SECOND), type: "number" },
    { name: "lead", label: t("Phát động sau khi nhấn (giây)"), value: String(plan.lead / SECOND) },
    { name: "window", label: t("Nút có hiệu lực (phút)"), value: String(plan.window / MINUTE), type: "number" },
  ];
}

/**
 * The plan with what was typed; what is not a number stays NaN for the server to name.
 * @param {Plan} plan
 * @param {Record<string, string>} typed
 * @returns {Plan}
 */
export function planOf(plan, typed) {
  return {
    ...plan,
    title: typed.title,
    subtitle: typed.subtitle,
    portal: typed.portal,
    trigger: typed.trigger === "countdown" ? "countdown" : "seats",
    trigger_seats: names(typed.trigger_seats),
    pad_seats: names(typed.pad_seats),
    k: Math.round(decimal(typed.k)),
    hold: Math.round(decimal(typed.hold) * SECOND),
    lead: Math.round(decimal(typed.lead) * SECOND),
    window: Math.round(decimal(typed.window) * MINUTE),
  };
}

/** @param {string} text */
function names(text) {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
}

/** A number as Vietnamese or English writes it: "3,5" or "3.5". @param {string} text */
function decimal(text) {
  return Number(text.replace(",", "."));
}
