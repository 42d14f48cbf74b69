import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.files.text import clean, vietnamese_order
from tests.support.mornings import NGHE_AN, THANH_HOA, roster_of

WORDS = ["a", "à", "ả", "ã", "á", "ạ", "ă", "ằ", "â", "ấ", "b", "d", "đ", "e", "ê", "o", "ô", "ơ", "u", "ư", "y", "ỵ"]
NODE = shutil.which("node") or str(Path(__file__).parents[4] / ".venv" / "bin" / "node")
BY_ICU = """
const names = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(names.sort(new Intl.Collator("vi", { numeric: true }).compare)));
"""


def test_letters_follow_the_alphabet_and_tones_follow_ngang_huyen_hoi_nga_sac_nang():
    shuffled = random.Random(1).sample(WORDS, len(WORDS))
    assert sorted(shuffled, key=vietnamese_order) == WORDS


def test_numbers_count_by_their_value():
    assert sorted(["Khối 10", "Khối 9", "Khối 1"], key=vietnamese_order) == ["Khối 1", "Khối 9", "Khối 10"]


@pytest.mark.skipif(not Path(NODE).exists(), reason="needs Node, whose Intl carries ICU")
def test_the_order_is_that_of_icu_on_every_real_name():
    names = sorted({site.name for path in (NGHE_AN, THANH_HOA) for site in roster_of(path).sites})
    names += [f"Tổ dân phố {number}" for number in range(1, 30)]
    random.Random(2).shuffle(names)
    answer = subprocess.run([NODE, "-e", BY_ICU], input=json.dumps(names), capture_output=True, text=True, check=True)
    assert sorted(names, key=vietnamese_order) == json.loads(answer.stdout)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(st.lists(st.text()))
def test_anything_can_be_put_in_order(texts):
    assert sorted(sorted(texts, key=vietnamese_order, reverse=True), key=vietnamese_order) == sorted(texts, key=vietnamese_order)


def test_accents_of_a_mac_and_invisible_signs_become_those_of_everybody():
    assert clean("  Xa\u0303\u00a0 Kim\u200b\nLie\u0302n ") == "Xã Kim Liên"
