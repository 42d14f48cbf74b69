// The question that plans a maintenance: of a site, its group, its carrier, or any group or carrier of the roster.

import { command, Problem } from "../lib/api.js";
import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { nextTime } from "../models/watch.js";

const HOUR = 3_600_000_000;

/**
 * @param {import("../models/wall_sites.js").WallSites} sites
 * @param {() => number} now
 * @param {import("../models/grades.js").SiteRow} [site]
 * @returns {import("./ask_dialog.js").Question}
 */
export function maintenanceQuestion(sites, now, site) {
  /** @type {Array<[string, string]>} */
  const choices = site
    ? [
        [`site:${site.code}`, site.name],
        [`group:${site.group}`, t("Cả cụm {group}", { group: site.group })],
        ...(site.carrier ? [/** @type {[string, string]} */ ([`carrier:${site.carrier}`, t("Nhà mạng {carrier}", { carrier: site.carrier })])] : []),
      ]
    : [
        ...sites.carriers().map((carrier) => /** @type {[string, string]} */ ([`carrier:${carrier}`, t("Nhà mạng {carrier}", { carrier })])),
        ...[...new Set(sites.marks.map((row) => row.group))].map((group) => /** @type {[string, string]} */ ([`group:${group}`, group])),
      ];
  return {
    title: t("Đặt bảo trì"),
    words: t("Trong lúc bảo trì không kêu, không gửi cảnh báo. Giám sát vẫn tiếp tục. Hết giờ tự kết thúc."),
    yes: t("Đặt bảo trì"),
    fields: [
      { name: "target", label: t("Nơi bảo trì"), choices, value: choices[0]?.[0] },
      { name: "until", label: t("Đến mấy giờ"), value: time(now() + HOUR), required: true, hint: t("Giờ Việt Nam, ví dụ 10:30.") },
      { name: "reason", label: t("Lý do"), required: true, hint: t("Ví dụ: nhà mạng thay cáp. Không ghi tên người.") },
    ],
    work: ({ target, until, reason }) => {
      const at = nextTime(until, now());
      if (at === null) throw new Problem("bad_time", t("Giờ “{until}” chưa đúng. Gõ như 10:30.", { until }));
      const split = target.indexOf(":");
      return command({ kind: "plan_maintenance", scope: target.slice(0, split), target: target.slice(split + 1), until: at, reason });
    },
  };
}
