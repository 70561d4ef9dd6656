"""Whoever reads scores is told where the model has been before."""

import pytest

from tipr.data.domain import Domain, learned_from, notes

CUHK, ICFG, RSTP = (Domain(name, name) for name in ("cuhk-pedes", "icfg-pedes", "rstpreid"))


def test_the_same_benchmark_needs_no_note() -> None:
    assert notes(CUHK, CUHK) == []
    assert notes(Domain(None, "x"), Domain("jsonl", "x")) == [], "older runs name no format"


def test_another_benchmark_is_cross_domain() -> None:
    assert notes(CUHK, RSTP) == ["cross-domain: trained on cuhk-pedes, scored on rstpreid"]


@pytest.mark.parametrize(("trained", "scored"), [(ICFG, RSTP), (RSTP, ICFG)])
def test_the_two_children_of_msmt17_leak_in_both_directions(
    trained: Domain, scored: Domain
) -> None:
    first, second = notes(trained, scored)
    assert "cross-domain" in first
    assert "MSMT17" in second


@pytest.mark.parametrize("other", [ICFG, RSTP])
def test_no_other_pair_is_said_to_leak(other: Domain) -> None:
    assert not any("MSMT17" in note for note in notes(CUHK, other) + notes(other, CUHK))


def test_other_annotations_of_one_format_and_an_unknown_past_are_said() -> None:
    assert "other annotations" in notes(CUHK, Domain("cuhk-pedes", "changed"))[0]
    assert "not recorded" in notes(Domain(), CUHK)[0]


def test_a_provenance_tells_the_domain_or_nothing() -> None:
    assert learned_from({"format": "jsonl", "data": "ff", "seed": 0}) == Domain("jsonl", "ff")
    assert learned_from({"data": "ff"}) == Domain(None, "ff")
    assert learned_from({"format": 3}) == learned_from({}) == Domain()
