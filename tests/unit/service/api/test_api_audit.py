"""The audit log over HTTP: pages of entries, and whether the chain holds."""

import sqlite3

from tests.unit.service.api.conftest import World


def test_entries_come_latest_first_in_pages(own: World) -> None:
    for words in ("red", "green", "blue"):
        own.ask.search("gates", words, k=1)
    entries = own.ask.audit(limit=2)
    assert [entry.words["query"] for entry in entries] == ["blue", "green"]
    (last,) = own.ask.audit(limit=2, below=entries[-1].number)
    assert (last.who, last.act, last.gallery) == ("local", "search", "gates")
    assert last.words["query"] == "red"
    assert own.ask.audit(act="forget") == []


def test_a_reason_stands_in_the_log(own: World) -> None:
    own.http.get(
        "/api/v1/galleries/gates/search", params={"q": "red"}, headers={"X-Reason": "a lost child"}
    )
    assert own.ask.audit()[0].words["reason"] == "a lost child"


def test_a_whole_log_is_sound_and_contains_an_earlier_head(own: World) -> None:
    own.ask.search("gates", "red")
    first = own.ask.verify_audit()
    own.ask.search("gates", "blue")
    assert (first.sound, first.entries, first.fault) == (True, 1, None)
    assert own.ask.verify_audit(first.head).entries == 2


def test_a_changed_log_is_told_to_be_broken(own: World) -> None:
    own.ask.search("gates", "red")
    with sqlite3.connect(own.service.state.file) as db:
        db.execute("UPDATE words SET text = replace(text, 'red', 'tan')")
    db.close()
    verdict = own.ask.verify_audit()
    assert not verdict.sound
    assert "the words of entry 1 were changed" in (verdict.fault or "")
