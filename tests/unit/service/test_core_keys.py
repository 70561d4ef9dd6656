"""Keys: shown once, kept as slow hashes, ended at once."""

import re

import argon2
import pytest

from tipr.errors import ConfigError, KeyMissingError, LimitError, MissingError
from tipr.service.guard import keyring
from tipr.service.guard.caller import Caller
from tipr.service.guard.keyring import Keyring, make, revoke
from tipr.service.guard.rates import MOST, Rates
from tipr.service.state import audit, keys
from tipr.service.state.state import State


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / "state") as opened:
        yield opened


def test_a_key_is_known_again_and_only_its_hash_is_kept(state):
    key, text = make(state, "archive", "index")
    assert re.fullmatch(r"tipr_1_[A-Za-z0-9_-]{43}", text)
    assert Keyring(state).read(text) == key
    assert (key.name, key.scope, key.who) == ("archive", "index", "key:1")
    kept = b"".join(file.read_bytes() for file in state.file.parent.iterdir())
    assert text.split("_", 2)[2].encode() not in kept
    assert b"$argon2id$" in kept


@pytest.mark.parametrize(
    "text", ["", "tipr_1_", "tipr_9_" + "a" * 43, "tipr_1_" + "a" * 43, "x" * 10_000, "tipr_1_ü"]
)
def test_what_is_no_key_is_refused(state, text):
    make(state, "a", "read")
    with pytest.raises(KeyMissingError):
        Keyring(state).read(text)


def test_a_secret_does_not_fit_another_keys_number(state):
    (_, one), (_, _) = make(state, "a", "read"), make(state, "b", "admin")
    with pytest.raises(KeyMissingError):
        Keyring(state).read(one.replace("tipr_1_", "tipr_2_"))


def test_an_unknown_number_takes_the_same_work_as_a_wrong_secret(state, monkeypatch):
    make(state, "a", "read")
    slow: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self, digest, secret):
        slow.append(digest)
        return verify(self, digest, secret)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for number in (1, 77):
        with pytest.raises(KeyMissingError):
            Keyring(state).read(f"tipr_{number}_" + "a" * 43)
    assert len(slow) == 2
    assert argon2.extract_parameters(slow[0]) == argon2.extract_parameters(slow[1])


def test_a_key_that_has_fitted_is_known_again_without_the_slow_hash(state, monkeypatch):
    _, text = make(state, "a", "read")
    ring = Keyring(state)
    assert not ring.knows(text)
    ring.read(text)
    monkeypatch.setattr(keyring, "_HASHER", None)
    assert ring.knows(text)
    assert ring.read(text).name == "a"


def test_a_revoked_key_ends_at_once_and_its_name_is_free_again(state):
    _, text = make(state, "a", "read")
    ring = Keyring(state)
    ring.read(text)
    revoke(state, "a")
    with pytest.raises(KeyMissingError):
        ring.read(text)
    with state.reading() as db:
        assert not keys.are_there(db)
    again, _ = make(state, "a", "admin")
    assert again.id == 2
    with state.reading() as db:
        assert [key.revoked is None for key in keys.everyone(db)] == [False, True]
        assert [entry.act for entry in audit.entries(db)] == [
            "key 2 made: admin",
            "key 1 revoked",
            "key 1 made: read",
        ]


def test_names_and_scopes_that_will_not_do_are_told(state):
    make(state, "a", "read")
    for name, scope, says in (
        ("a", "read", "already"),
        (" ", "read", "1 to 100 characters"),
        ("x" * 101, "read", "1 to 100 characters"),
        ("b\n", "none", "no scope"),
        ("b\tc", "read", "characters"),
    ):
        with pytest.raises(ConfigError, match=says):
            make(state, name, scope)
    with pytest.raises(MissingError, match="there are a"):
        revoke(state, "c")


@pytest.mark.parametrize("scope", ["read", "index", "admin"])
def test_each_scope_includes_those_before_it(scope):
    caller = Caller(who="key:1", name="a", scope=scope)
    allowed = [one for one in ("read", "index", "admin") if caller.may(one)]
    assert allowed == {"read": ["read"], "index": ["read", "index"]}.get(
        scope, ["read", "index", "admin"]
    )


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_emptied_by_requests_and_filled_by_time():
    clock = Clock()
    rates = Rates(6, "requests", clock=clock)
    for _ in range(6):
        rates.take("a")
    with pytest.raises(LimitError, match="at most 6 a minute") as refused:
        rates.take("a")
    assert refused.value.wait_s == pytest.approx(10)
    rates.take("b")
    clock.now = 10.0
    rates.take("a")
    with pytest.raises(LimitError):
        rates.check("a")
    clock.now = 1000.0
    for _ in range(6):
        rates.take("a")
    with pytest.raises(LimitError):
        rates.take("a")


def test_no_limit_is_none_and_names_do_not_fill_the_memory():
    rates = Rates(0, "requests")
    for _ in range(1000):
        rates.take("a")
    rates = Rates(5, "requests")
    for number in range(MOST + 50):
        rates.take(str(number))
    assert len(rates._left) == MOST
