"""The verbs around the service."""

import json

import pytest
import typer
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import audit as audit_verbs
from tipr.cli import keys as key_verbs
from tipr.cli.rules import rules
from tipr.cli.serve import serve
from tipr.errors import AuditError, ConfigError, GalleryError, MissingError, ServiceError
from tipr.gallery.store import Gallery
from tipr.service import server
from tipr.service.guard.keyring import Keyring
from tipr.service.state import audit
from tipr.service.state.state import State
from tipr.service.watch import logs

app = typer.Typer()
app.command()(serve)
app.command()(rules)
app.add_typer(key_verbs.app, name="keys")
app.add_typer(audit_verbs.app, name="audit")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def here(tmp_path):
    return ["--state", tmp_path / "state"]


@pytest.fixture
def served(monkeypatch, make_encoder):
    """What `tipr serve` would have served, and with which model."""
    found = {}

    def load(model, **options):
        found["model"] = (model, options)
        return make_encoder()

    class Server:
        def __init__(self, service) -> None:
            found["service"] = service

        def run(self, sockets) -> None:
            found["port"] = sockets[0].getsockname()[1]

    monkeypatch.setattr(tipr.encoder, "load_encoder", load)
    monkeypatch.setattr(server, "make_server", Server)
    monkeypatch.setattr(logs, "to_standard_error", lambda: None)  # it is for a whole process
    return found


def test_a_key_is_printed_once_listed_and_revoked(here, tmp_path):
    text = run("keys", "add", "archive", "--scope", "index", *here).split()[0]
    with State.open(tmp_path / "state") as state:
        assert Keyring(state).read(text).name == "archive"
    shown = run("keys", "list", *here)
    assert "archive" in shown
    assert "index" in shown
    assert text not in shown
    assert run("keys", "revoke", "archive", *here) == "archive: key 1 is revoked\n"


def test_reading_a_record_that_is_not_there_makes_none(here, tmp_path):
    for verb in (["keys", "list"], ["keys", "revoke", "a"], ["audit", "verify"], ["audit", "show"]):
        with pytest.raises(ServiceError, match="no service has kept a record here"):
            run(*verb, *here)
    assert not (tmp_path / "state").exists()


def test_the_record_is_kept_in_the_users_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run("keys", "add", "a")
    assert (tmp_path / "tipr" / "service.sqlite").is_file()


def test_the_log_is_verified_against_a_head_that_was_noted(here, tmp_path):
    with State.open(tmp_path / "state") as state:
        acts = [audit.Act(who="key:1", act="search", gallery="g", words={"query": "a ü"})]
        state.write(lambda db: audit.append(db, acts)).result()
    lines = run("audit", "verify", *here).splitlines()
    assert lines[0] == "1 entries agree with each other; the words of 0 are erased"
    assert run("audit", "verify", "--head", lines[1], *here).splitlines() == lines
    with pytest.raises(AuditError, match="is another"):
        run("audit", "verify", "--head", f"1:{'0' * 64}", *here)


def test_entries_are_shown_for_people_and_for_programs(here, tmp_path):
    with State.open(tmp_path / "state") as state:
        acts = [
            audit.Act(who="key:1", act="search", gallery="g", items=(1, 2), words={"query": "ü"}),
            audit.Act(who="key:1", act="view", gallery="h", items=(1,)),
        ]
        state.write(lambda db: audit.append(db, acts)).result()
        state.write(lambda db: audit.erase_words(db, before="2000")).result()
    lines = run("audit", "show", *here).splitlines()
    assert lines[0].endswith("key:1 view h 1 pictures {}")
    assert lines[1].endswith('key:1 search g 2 pictures {"query": "ü"}')
    (found,) = json.loads(run("audit", "show", "--json", "--gallery", "g", *here))
    assert (found["number"], found["items"], found["words"]) == (1, [1, 2], {"query": "ü"})
    assert len(run("audit", "show", "-n", 1, *here).splitlines()) == 1
    with State.open(tmp_path / "state") as state:
        state.write(lambda db: audit.erase_words(db, before="9")).result()
    assert "(words erased)" in run("audit", "show", *here)


def test_rules_are_shown_changed_and_taken_back(gallery):
    assert run("rules", gallery).splitlines() == [
        "reason: not demanded",
        "pictures: kept",
        "words of the audit log: kept",
    ]
    run("rules", gallery, "--reason", "--keep-days", 30, "--words-days", 90)
    expected = [
        "reason: demanded",
        "pictures: erased after 30 days",
        "words of the audit log: erased after 90 days",
    ]
    assert run("rules", gallery).splitlines() == expected
    assert run("rules", gallery, "--words-days", 0).splitlines()[:2] == expected[:2]
    assert run("rules", gallery, "--no-reason", "--keep-days", 0).splitlines() == [
        "reason: not demanded",
        "pictures: kept",
        "words of the audit log: kept",
    ]


def test_serve_takes_its_settings_from_the_command_line(served, gallery, here, tmp_path):
    out = run(
        *("serve", gallery, "--port", 0, *here, "--local", "read", "--allow-host", "finder"),
        *("--index-root", tmp_path, "--set", "batch=1", "--set", "request_s=5"),
        *("--model", "other", "--device", "cpu"),
    )
    settings = served["service"].settings
    assert out == f"http://127.0.0.1:{served['port']}\n"
    assert (settings.local, settings.allowed_hosts, settings.index_roots) == (
        "read",
        ("finder",),
        (tmp_path.resolve(),),
    )
    assert (settings.batch, settings.request_s, settings.state) == (1, 5.0, tmp_path / "state")
    assert served["model"] == (
        "other",
        {"device": "cpu", "precision": "auto", "explains": False},
    )
    assert list(served["service"].desks) == ["people"]


def test_serve_takes_the_model_that_the_gallery_remembers(served, gallery, here):
    run("serve", gallery, "--port", 0, *here)
    assert served["model"][0] == "box"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--set", "batch"], "expected NAME=VALUE"),
        (["--set", "batch=x"], "'x' is no number"),
        (["--set", "batch=0"], "batch: "),
        (["--set", "colour=1"], "unknown 'colour'"),
        (["--local", "everything"], "local: "),
        (["--port", "70000"], "port: "),
        (["--tls-cert", "c.pem"], "TLS needs both"),
    ],
)
def test_settings_that_will_not_do_are_told(served, gallery, here, options, says):
    with pytest.raises(ConfigError, match=says):
        run("serve", gallery, *here, *options)
    assert served == {}


def test_a_gallery_that_is_not_there_is_told_before_anything_listens(served, tmp_path, here):
    with pytest.raises(GalleryError, match="no such gallery"):
        run("serve", tmp_path / "nothing", "--port", 0, *here)
    assert "port" not in served


def test_a_mirror_is_brought_up_to_date_only_where_there_is_one(served, gallery, here, monkeypatch):
    from tipr.cluster import mirror
    from tipr.cluster.address import parse

    told = []
    monkeypatch.setattr(mirror, "mirror", lambda opened, goal: told.append(goal))
    run("serve", gallery, "--port", 0, *here)
    follow = served["service"].desks["people"].follow
    follow(gallery)
    assert told == []
    address = parse("milvus://host:19530/people")
    with Gallery.open(gallery, write=True) as opened:
        mirror._remember(opened, address, "")
    follow(gallery)
    assert told == [address]


def test_the_words_of_an_entry_can_be_erased_for_good(here, tmp_path):
    acts = [audit.Act(who="key:1", act="search", words={"query": name}) for name in ("Jane", "Jim")]
    with State.open(tmp_path / "state") as state:
        state.write(lambda db: audit.append(db, acts)).result()
    with pytest.raises(MissingError, match="entry 9 of the audit log has no words"):
        run("audit", "erase", 1, 9, *here)
    assert "Jane" in run("audit", "show", *here)
    assert run("audit", "erase", 1, *here) == "the words of 1 entries are erased\n"
    shown = run("audit", "show", *here)
    assert "Jane" not in shown
    assert "Jim" in shown
    assert run("audit", "verify", *here).startswith("3 entries agree")
    assert b"Jane" not in b"".join(one.read_bytes() for one in (tmp_path / "state").iterdir())
