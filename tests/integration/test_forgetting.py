"""`diemcau forget` with no server there: on a real journal, which stays whole."""

import json

import pytest

from tests.support.running import verb

pytestmark = pytest.mark.timeout(120)


async def said(*words, data, code=0):
    """What a verb prints with --json."""
    exit_code, out, err = await verb(*words, "--data", str(data), "--json")
    assert exit_code == code, (words, out, err)
    return json.loads(out)


async def test_contacts_are_erased_offline_and_the_journal_stays_whole(tmp_path):
    data = tmp_path / "data"
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "code,name,level,parent,expected,contact,phone\nHALL,Hội trường,province,,300,Họ và tên,0912 345 678\n", encoding="utf-8"
    )
    await said("init", "--title", "Lễ", "--starts-at", "2099-06-11T08:00:00+07:00", "--roster", str(roster), data=data)
    asked = await said("forget", "--site", "HALL", data=data, code=1)
    assert asked["problem"]["code"] == "not_confirmed"
    hasty = await said("forget", "--all-personal", "--yes", data=data, code=1)
    assert hasty["problem"]["code"] == "not_over"
    assert "--yes hai lần" in hasty["problem"]["detail"]
    erased = await said("forget", "--site", "HALL", "--yes", data=data)
    assert (erased["people"], erased["erased"]) == (1, True)
    verdict = await said("journal", "verify", data=data)
    assert (verdict.get("broken_at"), verdict["forgotten"]) == (None, 1)
    early = await said("forget", "--due", "--yes", data=data, code=1)
    assert early["problem"]["code"] == "not_due"
