import assert from "node:assert/strict";
import { test } from "node:test";

import { portalAddress } from "../../web/static/js/models/public_launch.js";
import { ownPapers, pledgeState, sizeWords, tooLarge } from "../../web/static/js/models/papers.js";

test("sizes are told as people say them", () => {
  assert.deepEqual([900, 150_000, 5_500_000].map(sizeWords), ["900 B", "146 KB", "5,2 MB"]);
  assert.equal(tooLarge(20 * 1024 * 1024), false);
  assert.equal(tooLarge(40_000_000), true);
});

test("a paper opened here is opened at once", () => {
  const papers = [{ id: "1", opened: false }, { id: "2", opened: false }, { id: "3", opened: true }];
  assert.deepEqual(ownPapers(papers, [{ kind: "open_paper", state: "saved", fields: { paper: "1" } }, { kind: "open_paper", state: "refused", fields: { paper: "2" } }]).map((each) => each.opened), [true, false, true]);
});

test("a pledge asks once, and is signed here before the centre knows", () => {
  const open = { number: 1, open: true };
  assert.equal(pledgeState(undefined, undefined, []), "none");
  assert.equal(pledgeState(open, { pledged_at: null }, []), "ask");
  assert.equal(pledgeState(open, { pledged_at: null }, [{ kind: "sign_pledge", state: "saved" }]), "waits");
  assert.equal(pledgeState(open, { pledged_at: 5 }, []), "signed");
  assert.equal(pledgeState({ number: 1, open: false }, { pledged_at: null }, []), "closed");
});

test("only an address becomes a link", () => {
  assert.equal(portalAddress("binhdanhocvuso.gov.vn"), "https://binhdanhocvuso.gov.vn");
  assert.equal(portalAddress("https://cong.gov.vn/mo?a=1"), "https://cong.gov.vn/mo?a=1");
  for (const words of ["", "Cổng mới mở", "javascript:alert(1)", "https://a.vn@evil.vn", "https://a b.vn"]) assert.equal(portalAddress(words), "");
});
