import json

import pytest
from typer.testing import CliRunner

import tipr.encoder
from tipr.cli import app
from tipr.errors import ClusterError, ConfigError

STORE = "milvus://db/people"


def run(*words: object):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0
    return result


@pytest.fixture(autouse=True)
def loaded(monkeypatch, make_encoder, tmp_path):
    """The command line's encoders are fakes."""
    (tmp_path / "m").mkdir()
    monkeypatch.setattr(tipr.encoder, "load_encoder", lambda *_, **__: make_encoder())


@pytest.fixture
def gallery(people, tmp_path):
    run("index", tmp_path / "m", people, tmp_path / "g")
    return tmp_path / "g"


def found(gallery, *options: str) -> tuple[str, list[int]]:
    """How it was searched, and the ids."""
    answer = json.loads(run("search", gallery, "a man", "--json", "--details", *options).stdout)
    return answer["how"], [hit["id"] for hit in answer["hits"]]


def test_index_with_a_store_mirrors_and_searches_look_there(server, people, tmp_path):
    result = run("index", tmp_path / "m", people, tmp_path / "g", "--store", STORE)
    assert f"{STORE.replace('db', 'db:19530')}: 10 written, 0 erased, 0 unchanged" in result.stderr
    how, ids = found(tmp_path / "g")
    assert how == "Milvus, exact"
    assert server.asked
    server.asked.clear()
    assert found(tmp_path / "g", "--here") == ("exact", ids)
    assert not server.asked


def test_what_is_indexed_and_forgotten_later_reaches_the_mirror(server, gallery, people, draw):
    run("gallery", "mirror", gallery, STORE)
    draw(people / "more.png", 99)
    assert (
        "1 written, 0 erased, 10 unchanged"
        in run("index", people.parent / "m", people, gallery).stderr
    )
    assert (
        "0 written, 2 erased, 9 unchanged" in run("forget", gallery, "--id", 3, "--id", 11).stderr
    )
    assert sorted(server.rows("people")) == [1, 2, *range(4, 11)]
    assert 3 not in found(gallery)[1]


def test_an_erasure_that_does_not_reach_the_mirror_is_told_and_not_searched_over(server, gallery):
    run("gallery", "mirror", gallery, STORE)
    server.there = False
    with pytest.raises(ClusterError, match="has changed, its mirror has not"):
        run("forget", gallery, "--id", 3)
    server.there = True
    with pytest.raises(ClusterError, match="tipr gallery mirror"):
        found(gallery)
    run("gallery", "mirror", gallery)
    assert 3 not in server.rows("people")
    assert len(found(gallery)[1]) == 9


def test_unmirror_deletes_the_collection(server, gallery):
    run("gallery", "mirror", gallery, STORE)
    assert "is deleted" in run("gallery", "unmirror", gallery).stdout
    assert server.collections == {}
    assert found(gallery)[0] == "exact"
    assert "was not mirrored" in run("gallery", "unmirror", gallery).stdout


def test_where_to_mirror_must_be_said_once(server, gallery):
    with pytest.raises(ClusterError, match="has no mirror yet"):
        run("gallery", "mirror", gallery)
    with pytest.raises(ConfigError, match="expected milvus://"):
        run("gallery", "mirror", gallery, "db/people")


def test_an_address_that_is_none_is_said_before_anything_is_indexed(people, tmp_path):
    for option, value in (("--store", "db/people"), ("--ray", "head")):
        with pytest.raises(ConfigError, match="expected"):
            run("index", tmp_path / "m", people, tmp_path / "new", option, value)
    assert not (tmp_path / "new").exists()
