/**
 * The grades of a site's link: their order, their words, and which count as connected.
 *
 * @typedef {"up" | "unstable" | "degraded" | "stale" | "down" | "never_seen"} Grade
 * @typedef {{code: string, name: string, level: string, parent: string | null, group: string, grade: Grade, reason?: string,
 *   grade_since?: number | null, expected?: number, present?: number | null, checked_in_at?: number | null, chair?: string,
 *   chair_as_planned?: boolean | null, chair_name?: string, contact_name?: string, contact_phone?: string, picture?: string,
 *   carrier?: string, required?: boolean, reported_at?: number | null, reported_by?: string, after_close?: boolean,
 *   screen?: string | null, lit?: boolean, reported_for?: string, disagrees?: boolean, chair_at?: string | null,
 *   seen?: number | null, checks?: number, unopened?: boolean}} SiteRow
 */

import { t } from "../lib/i18n.js";

/** @type {Grade[]} in the order they are counted and listed: worst first, never seen last */
export const GRADES = ["down", "stale", "degraded", "unstable", "up", "never_seen"];

/** @param {Grade} grade */
export function isConnected(grade) {
  return grade === "up" || grade === "unstable" || grade === "degraded";
}

/** @param {Grade} grade */
export function isLost(grade) {
  return grade === "down" || grade === "stale";
}

/** @param {Grade} grade */
export function gradeName(grade) {
  switch (grade) {
    case "up":
      return t("Tốt");
    case "unstable":
      return t("Chập chờn");
    case "degraded":
      return t("Yếu");
    case "stale":
      return t("Chậm phản hồi");
    case "down":
      return t("Mất kết nối");
    case "never_seen":
      return t("Chưa kết nối");
  }
}

/**
 * The grade with its reason: "Yếu: mất gói 6%"; the reason alone says no more where it repeats the grade.
 * @param {SiteRow} row
 */
export function gradeWords(row) {
  const name = gradeName(row.grade);
  const reason = row.reason ?? "";
  if (reason === "" || reason.toLowerCase() === name.toLowerCase()) return name;
  return reason.toLowerCase().startsWith(name.toLowerCase()) ? name + reason.slice(name.length) : `${name}: ${reason}`;
}

/** @param {SiteRow} row */
export function hasReported(row) {
  return row.present !== undefined && row.present !== null;
}
