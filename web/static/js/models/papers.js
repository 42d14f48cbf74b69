// How large a paper is, in words; and what of papers and the pledge a host still has to do. No DOM.

import { t } from "../lib/i18n.js";

const MAX_BYTES = 20 * 1024 * 1024;

/** @param {number} bytes */
export function tooLarge(bytes) {
  return bytes > MAX_BYTES;
}

/** @param {number} bytes */
export function sizeWords(bytes) {
  if (bytes < 1024) return t("{size} B", { size: bytes });
  if (bytes < 1024 * 1024) return t("{size} KB", { size: Math.round(bytes / 1024) });
  return t("{size} MB", { size: (bytes / 1024 / 1024).toFixed(1).replace(".", ",") });
}

/**
 * The papers of a site, those opened here marked at once.
 * @typedef {{id: string, title: string, media_type: string, bytes: number, opened: boolean}} Paper
 * @param {Paper[]} papers
 * @param {Array<{kind: string, state: string, fields: Record<string, any>}>} entries
 */
export function ownPapers(papers, entries) {
  const opened = new Set(entries.filter((entry) => entry.kind === "open_paper" && entry.state !== "refused").map((entry) => entry.fields.paper));
  return papers.map((paper) => ({ ...paper, opened: paper.opened || opened.has(paper.id) }));
}

/**
 * Whether this site has signed the pledge of the moment, as told or as it waits here.
 * @param {{number: number, open: boolean} | undefined} pledge
 * @param {{pledged_at: number | null} | undefined} row
 * @param {Array<{kind: string, state: string}>} entries
 * @returns {"none" | "ask" | "waits" | "signed" | "closed"}
 */
export function pledgeState(pledge, row, entries) {
  if (!pledge) return "none";
  if (row?.pledged_at) return "signed";
  if (entries.some((entry) => entry.kind === "sign_pledge" && (entry.state === "saved" || entry.state === "sent"))) return "waits";
  return pledge.open ? "ask" : "closed";
}
