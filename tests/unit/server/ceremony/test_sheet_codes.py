"""Codes on paper are spent one after the other."""

import pytest

from server.ceremony.rules import Refused
from server.ceremony.sheet_codes import SpendSheetCode
from server.engine.ids import new_id
from tests.support.houses import HouseClock, code, small_engine


def test_a_code_is_spent_once_and_the_next_takes_its_place():
    engine = small_engine(HouseClock(), 2)
    engine.give(SpendSheetCode(id=new_id(), site=code(1), number=0))
    assert engine.state.sheet_codes.spent == {code(1): 1}
    with pytest.raises(Refused, match="code_spent"):
        engine.give(SpendSheetCode(id=new_id(), site=code(1), number=0))
    engine.give(SpendSheetCode(id=new_id(), site=code(1), number=1))
    assert engine.state.sheet_codes.spent == {code(1): 2}


def test_a_site_that_is_not_there_has_no_code():
    with pytest.raises(Refused, match="site_unknown"):
        small_engine(HouseClock(), 2).give(SpendSheetCode(id=new_id(), site="khong-co", number=0))
