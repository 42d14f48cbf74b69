import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { useCatalogue } from "../../web/static/js/lib/i18n.js";
import { said, saidFields } from "../../web/static/js/lib/said.js";

const WORDS = {
  "Chưa ghi.": "Still missing.",
  "{0} ký tự.": "{0} characters.",
  "Lời cam kết dài quá {0} ký tự.": "The pledge is longer than {0} characters.",
  "“{0}” đã có {1} thiết bị.": "There are {1} devices of “{0}” already.",
  "Chưa lưu: {0}.": "Not saved: {0}.",
  "Địa chỉ (http) có dạng {0}?": "Is the address (http) of the form {0}?",
  "{count} điểm cầu": ["{count} site", "{count} sites"],
};

afterEach(() => useCatalogue({}));

test("a Vietnamese page shows what the server said", () => {
  assert.equal(said("Chưa ghi."), "Chưa ghi.");
});

test("a sentence is said in the words of the page, its values where they belong", () => {
  useCatalogue(WORDS);
  assert.equal(said("Chưa ghi."), "Still missing.");
  assert.equal(said("“Ghế 1” đã có 5 thiết bị."), "There are 5 devices of “Ghế 1” already.");
  assert.equal(said("Địa chỉ (http) có dạng rtmp://x?"), "Is the address (http) of the form rtmp://x?");
});

test("the sentence that says most is taken before one that is nearly all value", () => {
  useCatalogue(WORDS);
  assert.equal(said("Lời cam kết dài quá 600 ký tự."), "The pledge is longer than 600 characters.");
  assert.equal(said("700 ký tự."), "700 characters.");
});

test("a sentence within a sentence is said too", () => {
  useCatalogue(WORDS);
  assert.equal(said("Chưa lưu: Chưa ghi.."), "Not saved: Still missing..");
});

test("what is not known stays as it was said, and a value may hold marks of a pattern", () => {
  useCatalogue(WORDS);
  assert.equal(said("Một câu lạ."), "Một câu lạ.");
  assert.equal(said("“$& {0} (.*)” đã có 2 thiết bị."), "There are 2 devices of “$& {0} (.*)” already.");
  assert.equal(said(""), "");
});

test("the words beside the fields are said too", () => {
  useCatalogue(WORDS);
  assert.deepEqual(saidFields({ title: "Chưa ghi.", text: "9 ký tự." }), { title: "Still missing.", text: "9 characters." });
  assert.deepEqual(saidFields(undefined), {});
});
