"""The people who work here: names, roles, PINs and the wait after wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.errors import UsageError
from station.operators import TRIES, WAIT_SECONDS, Role, add_operator, check_pin, checkers_word, disable_operator
from station.wiring import Station

AT = 1_700_000_000.0


def refused(code: str, *words: object, **more: object) -> dict[str, object]:
    with pytest.raises(UsageError) as error:
        check_pin(*words, **more)  # type: ignore[arg-type]  # as the caller gave them
    assert error.value.code == code
    return error.value.values


def test_a_name_with_its_pin_is_known(station: Station) -> None:
    added = add_operator(station.catalogue, "  Hồ  Thị\tMai ", Role.CHECKER, "2468", "tester")
    assert (added.name, added.role, added.added_by) == ("Hồ Thị Mai", Role.CHECKER, "tester")
    assert check_pin(station.catalogue, "Hồ Thị Mai", "2468") == added
    assert station.catalogue.operators() == [added]
    refused("no-such-operator", station.catalogue, "Hồ Văn Nam", "2468")
    refused("role-needed", station.catalogue, "Hồ Thị Mai", "2468", Role.TECHNICIAN)


def test_a_pin_is_not_kept_as_it_is(station: Station) -> None:
    add_operator(station.catalogue, "Mai", Role.OPERATOR, "97531864", "tester")
    add_operator(station.catalogue, "Nam", Role.OPERATOR, "97531864", "tester")
    kept = b"".join(path.read_bytes() for path in station.root.path.glob("catalogue.db*"))
    assert b"97531864" not in kept
    secrets = [station.catalogue.try_pin(name, 0, TRIES, WAIT_SECONDS) for name in ("Mai", "Nam")]
    assert secrets[0].pin != secrets[1].pin


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "12 34"])
def test_a_pin_has_four_to_twelve_digits(station: Station, pin: str) -> None:
    with pytest.raises(UsageError, match="bad-pin"):
        add_operator(station.catalogue, "Mai", Role.OPERATOR, pin, "tester")
    assert station.catalogue.operators() == []


def test_five_wrong_pins_are_a_minute_of_waiting_that_outlives_a_restart(station: Station) -> None:
    add_operator(station.catalogue, "Mai", Role.OPERATOR, "2468", "tester")
    for left in (4, 3, 2, 1, 0):
        assert refused("pin-wrong", station.catalogue, "Mai", "0000", now=lambda: AT) == {"left": left}
    with Station.open(station.root, "tester") as again:
        assert refused("pin-wait", again.catalogue, "Mai", "2468", now=lambda: AT + 59) == {"seconds": 1}
        assert check_pin(again.catalogue, "Mai", "2468", now=lambda: AT + WAIT_SECONDS).name == "Mai"
    refused("pin-wrong", station.catalogue, "Mai", "1357", now=lambda: AT + 61)


def test_the_fifth_try_may_be_right(station: Station) -> None:
    add_operator(station.catalogue, "Mai", Role.OPERATOR, "2468", "tester")
    for _ in range(TRIES - 1):
        refused("pin-wrong", station.catalogue, "Mai", "0000", now=lambda: AT)
    assert check_pin(station.catalogue, "Mai", "2468", now=lambda: AT).name == "Mai"
    assert refused("pin-wrong", station.catalogue, "Mai", "0000", now=lambda: AT) == {"left": TRIES - 1}


def test_a_clock_that_was_set_back_lets_nobody_wait_for_days(station: Station) -> None:
    add_operator(station.catalogue, "Mai", Role.OPERATOR, "2468", "tester")
    for _ in range(TRIES):
        refused("pin-wrong", station.catalogue, "Mai", "0000", now=lambda: AT)
    assert check_pin(station.catalogue, "Mai", "2468", now=lambda: AT - 86_400).name == "Mai"


def test_who_is_disabled_cannot_sign_in_and_may_come_back(station: Station) -> None:
    catalogue = station.catalogue
    add_operator(catalogue, "Lan", Role.TECHNICIAN, "1111", "tester")
    add_operator(catalogue, "Mai", Role.OPERATOR, "2468", "tester")
    with pytest.raises(UsageError, match="operator-known"):
        add_operator(catalogue, "Mai", Role.OPERATOR, "2468", "tester")
    assert disable_operator(catalogue, "Mai").disabled_at
    refused("no-such-operator", catalogue, "Mai", "2468")
    add_operator(catalogue, "Mai", Role.CHECKER, "8642", "Lan")
    assert check_pin(catalogue, "Mai", "8642", Role.CHECKER).role is Role.CHECKER
    with pytest.raises(UsageError, match="operator-last-technician"):
        disable_operator(catalogue, "Lan")


@given(st.sampled_from(Role), st.sampled_from(Role))
def test_a_role_covers_itself_and_those_before(one: Role, other: Role) -> None:
    assert one.covers(one)
    assert one.covers(other) or other.covers(one)
    assert Role.TECHNICIAN.covers(one)


def test_a_checkers_word_is_that_of_somebody_who_may_check(station: Station) -> None:
    catalogue = station.catalogue
    assert checkers_word(catalogue, " Trần  Thị Bưởi ", " trang  mờ ") == ("Trần Thị Bưởi", "trang mờ")
    for name, role in (("Lan", Role.OPERATOR), ("Hoa", Role.CHECKER), ("Mai", Role.TECHNICIAN)):
        add_operator(catalogue, name, role, "2468", "tester")
    assert checkers_word(catalogue, "Hoa ", "sửa")[0] == "Hoa"
    assert checkers_word(catalogue, "Mai", "sửa")[0] == "Mai"
    disable_operator(catalogue, "Hoa")
    for name, why, code in (
        ("Lan", "sửa", "role-needed"), ("Hoa", "sửa", "no-such-operator"), ("Trần Thị Bưởi", "sửa", "no-such-operator"),
        (" ", "sửa", "checker-needed"), ("Mai", "...", "why-needed"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=code):
            checkers_word(catalogue, name, why)
