/**
 * Names of units where there is little room, shortened as offices shorten them: "Huyện Quỳnh Lưu" → "H. Quỳnh Lưu".
 */

/** @type {Array<[RegExp, string]>} */
const SHORT = [
  [/^Thành phố /i, "TP "],
  [/^Thị xã /i, "TX "],
  [/^Thị trấn /i, "TT "],
  [/^Huyện /i, "H. "],
  [/^Phường /i, "P. "],
  [/^Đặc khu /i, "ĐK "],
  [/^Trường Đại học /i, "ĐH "],
];

/**
 * The name without what kind of unit it is: "Huyện Quỳnh Lưu" → "Quỳnh Lưu".
 * @param {string} name
 */
export function bareName(name) {
  for (const [long] of SHORT) if (long.test(name)) return name.replace(long, "");
  return name;
}

/** @param {string} name */
export function abbreviated(name) {
  for (const [long, short] of SHORT) if (long.test(name)) return name.replace(long, short);
  return name;
}
