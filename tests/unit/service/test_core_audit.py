"""The audit log: a chain that no change escapes, and words that can be erased beside it."""

import json
import sqlite3

import pytest

from tipr.errors import AuditError
from tipr.service.state import audit
from tipr.service.state.audit import Act
from tipr.service.state.state import State

FORCE = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;"


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / "state") as opened:
        yield opened


def note(state, *acts):
    for act in acts:
        state.write(lambda db, act=act: audit.append(db, [act])).result()


@pytest.fixture
def log(state):
    """Five entries; the third without words."""
    said = ["a red coat", "a blue hat", None, "Jane Doe", "ü \ud800"]
    note(
        state,
        *(
            Act(
                who="key:1",
                act="search",
                gallery="people" if number < 3 else "gate",
                items=(number, 7),
                words=None if words is None else {"query": words},
            )
            for number, words in enumerate(said)
        ),
    )
    return state


def verified(state, head=None):
    with state.reading() as db:
        return audit.verify(db, head)


def tamper(state, statement):
    with sqlite3.connect(state.file) as db:
        db.executescript(FORCE + statement)
    db.close()


def test_an_untouched_log_is_sound_and_tells_its_head(log):
    found = verified(log)
    assert (found.entries, found.erased) == (5, 0)
    assert found.head.startswith("5:")
    assert verified(log, found.head) == found


def test_an_empty_log_is_sound(state):
    assert verified(state).entries == 0


def test_entries_are_told_latest_first_with_their_words(log):
    with log.reading() as db:
        found = audit.entries(db)
        assert [entry.number for entry in found] == [5, 4, 3, 2, 1]
        assert found[0].words == {"query": "ü \ud800"}
        assert found[2].words is None
        assert not found[2].erased
        assert [one.number for one in audit.entries(db, gallery="gate", below=5)] == [4]
        assert [one.number for one in audit.entries(db, limit=2)] == [5, 4]


def test_the_log_refuses_to_be_changed_or_cut(log):
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit WHERE number = 5"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            log.write(lambda db, statement=statement: db.execute(statement)).result()
    assert verified(log).entries == 5


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET who = 'key:2' WHERE number = 2", "entry 2 has been changed"),
        ("UPDATE audit SET items = '[1]' WHERE number = 3", "entry 3 has been changed"),
        ("UPDATE audit SET made = '2020' WHERE number = 1", "entry 1 has been changed"),
        ("UPDATE audit SET request = 'x' WHERE number = 4", "entry 4 has been changed"),
        ("UPDATE audit SET said = x'' WHERE number = 4", "entry 4 has been changed"),
        ("UPDATE audit SET hash = zeroblob(32) WHERE number = 5", "entry 5 has been changed"),
        ("DELETE FROM words WHERE number = 2; DELETE FROM audit WHERE number = 2", "2 is missing"),
        (
            "UPDATE audit SET number = 9 WHERE number = 3; "
            "UPDATE audit SET number = 3 WHERE number = 9; "
            "UPDATE audit SET gallery = 'gate' WHERE number = 3",
            "entry 3 has been changed",
        ),
        ('UPDATE words SET text = \'{"query": "x"}\' WHERE number = 4', "words of entry 4"),
        ("UPDATE words SET salt = zeroblob(32) WHERE number = 1", "words of entry 1"),
        ("INSERT INTO words VALUES (3, x'00', '{}')", "words of entry 3"),
    ],
)
def test_whatever_is_changed_is_found(log, statement, says):
    tamper(log, statement)
    with pytest.raises(AuditError, match=says):
        verified(log)


def test_a_log_that_was_cut_at_its_end_is_found_by_its_noted_head(log):
    head = verified(log).head
    tamper(log, "DELETE FROM words WHERE number = 5; DELETE FROM audit WHERE number = 5")
    assert verified(log).entries == 4  # the chain alone cannot know
    with pytest.raises(AuditError, match="was cut: it ends with entry 4, once there was 5"):
        verified(log, head)


def test_a_log_that_was_made_anew_is_found_by_its_noted_head(log, tmp_path):
    head = verified(log).head
    with State.open(tmp_path / "other") as other:
        note(other, *(Act(who="key:1", act="search") for _ in range(6)))
        assert verified(other).entries == 6
        with pytest.raises(AuditError, match="not the one of then: entry 5"):
            verified(other, head)


@pytest.mark.parametrize("head", ["", "5", "x:ab", "5:zz"])
def test_a_head_that_is_none_is_refused(log, head):
    with pytest.raises(AuditError, match="no head of an audit log"):
        verified(log, head)


def test_erased_words_are_gone_from_the_file_and_the_chain_is_whole(log):
    before = verified(log)
    erased = log.write(lambda db: audit.erase_words(db, before="9999", gallery="gate")).result()
    log.empty_log()
    assert erased == 2
    found = verified(log)
    assert (found.entries, found.erased, found.head) == (5, 2, before.head)
    content = b"".join(file.read_bytes() for file in log.file.parent.iterdir())
    assert b"Jane Doe" not in content
    assert b"a blue hat" in content  # of the other gallery: what is looked for can be found
    with log.reading() as db:
        assert [entry.erased for entry in audit.entries(db)] == [True, True, False, False, False]


def test_the_hash_of_words_cannot_be_guessed_without_what_was_erased_with_them(log):
    note(log, Act(who="key:1", act="search", words={"query": "a red coat"}))
    with log.reading() as db:
        hashes = [said for (said,) in db.execute("SELECT said FROM audit WHERE number IN (1, 6)")]
    assert hashes[0] != hashes[1]  # equal words, each with a key of their own


def test_several_acts_of_one_call_are_chained_in_their_order(state):
    acts = [Act(who="key:1", act=f"act {number}") for number in range(3)]
    assert state.write(lambda db: audit.append(db, acts)).result() == [1, 2, 3]
    assert verified(state).entries == 3
    with state.reading() as db:
        rows = db.execute("SELECT act, items FROM audit ORDER BY number").fetchall()
    assert rows == [(f"act {number}", json.dumps([])) for number in range(3)]
