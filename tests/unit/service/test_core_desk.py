"""A served gallery follows what happens to its folder."""

import shutil
import threading
import time

import anyio
import pytest
from starlette.testclient import TestClient
from tests.unit.service.conftest import HERE

from tipr.errors import (
    ConfigError,
    FingerprintError,
    GalleryBusyError,
    GalleryError,
    ModelError,
    QueryError,
)
from tipr.gallery import index as indexes
from tipr.gallery.build import build
from tipr.gallery.forget import forget
from tipr.gallery.rebuild import rebuild
from tipr.gallery.store import Gallery
from tipr.search.query import search as plain_search
from tipr.search.terms import Query, Words
from tipr.service.app import create_app
from tipr.service.desk import find, retention
from tipr.service.desk.rules import Rules, rules_of, set_rules
from tipr.service.guard.caller import Caller
from tipr.service.state import audit

ANNA = Caller(who="key:1", name="anna", scope="admin")


@pytest.fixture
def desk(service):
    return service.desks["people"]


def search(desk, text="a red coat", k=3):
    async def call():
        return await find.search(desk, ANNA, text, k)

    return anyio.run(call)


def ids(answer):
    return [hit.id for hit in answer]


def test_it_finds_what_the_command_line_finds(desk, make_encoder):
    with Gallery.open(desk.path) as gallery:
        expected = plain_search(gallery, make_encoder(), "a red coat", 4)
    assert list(search(desk, k=4)) == list(expected)


def test_pictures_that_are_added_while_it_is_served_are_found(desk, people, draw, make_encoder):
    assert search(desk).total == 10
    draw(people / "new.png", 200)
    build(make_encoder(), people, desk.path, model="box")
    answer = search(desk, k=20)
    assert answer.total == 11
    assert 11 in ids(answer)


def test_the_index_is_made_once_for_a_content(desk, monkeypatch):
    made = []
    load = indexes.load
    monkeypatch.setattr(indexes, "load", lambda gallery: made.append(1) or load(gallery))
    for _ in range(3):
        search(desk)
    assert made == [1]


def test_erased_pictures_are_found_no_more_and_leave_the_memory(desk):
    gone = ids(search(desk, k=1))[0]
    with Gallery.open(desk.path, write=True) as gallery:
        forget(gallery, [gone])
    anyio.run(desk.read, desk.refresh)
    assert desk._index is None
    assert gone not in ids(search(desk, k=20))


def test_a_change_made_here_leaves_nothing_of_the_earlier_content(desk):
    search(desk)
    anyio.run(desk.write, lambda gallery: forget(gallery, [1]))
    assert desk._index is None
    anyio.run(desk.read, desk.refresh)
    assert desk._index is not None  # made anew once the content has settled


def test_another_model_is_loaded_when_the_gallery_was_changed_over(make_service, make_encoder):
    encoders = {"box": make_encoder(), "new": make_encoder("bb" * 32)}
    loaded = []

    def load(location, explains=False):
        loaded.append(location)
        return encoders[location]

    desk = make_service(load=load).desks["people"]
    search(desk)
    rebuild(encoders["new"], desk.path, model="new")
    search(desk)
    search(desk)
    assert loaded == ["box", "new"]


def test_a_model_that_is_gone_or_another_is_told(make_service, make_encoder, people, tmp_path):
    path = tmp_path / "galleries" / "second"
    build(make_encoder(), people, path, model=str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="no longer at"):
        search(make_service(galleries=[path]).desks["second"])
    other = make_service(load=lambda _, explains=False: make_encoder("bb" * 32))
    with pytest.raises(FingerprintError):
        search(other.desks["people"])


def test_a_gallery_that_is_gone_is_told_and_found_again_when_it_is_back(desk, tmp_path):
    search(desk)
    shutil.move(desk.path, tmp_path / "away")
    with pytest.raises(GalleryError, match="no such gallery"):
        search(desk)
    shutil.move(tmp_path / "away", desk.path)
    assert len(search(desk)) == 3


def test_a_search_waits_for_an_erasure_to_end(desk, monkeypatch):
    busy = [GalleryBusyError("erasing")] * 2
    real = find.look_up

    def look_up(*args, **options):
        if busy:
            raise busy.pop()
        return real(*args, **options)

    monkeypatch.setattr(find, "look_up", look_up)
    monkeypatch.setattr(find, "_PAUSE_S", 0.001)
    assert len(search(desk)) == 3
    busy += [GalleryBusyError("erasing")] * 99
    with pytest.raises(GalleryBusyError):
        search(desk)


def test_more_hits_than_the_settings_allow_are_refused(make_service):
    desk = make_service(most_hits=5).desks["people"]
    assert len(search(desk, k=5)) == 5
    for asked in (6, 10**9):
        with pytest.raises(QueryError, match="at most 5 hits"):
            search(desk, k=asked)
    with pytest.raises(QueryError, match="at most 5 hits"):
        search(desk, Query(texts=(Words("red"),), k=6), None)


def test_writers_here_take_turns(desk):
    order = []

    def slow(gallery):
        order.append("begins")
        time.sleep(0.05)
        order.append("ends")

    async def both():
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(desk.write, slow)

    anyio.run(both)
    assert order == ["begins", "ends"] * 3


def test_a_writer_elsewhere_makes_writing_here_busy_and_searching_not(desk):
    with Gallery.open(desk.path, write=True):
        with pytest.raises(GalleryBusyError):
            anyio.run(desk.write, lambda gallery: None)
        assert len(search(desk)) == 3


def test_searches_from_many_threads_at_once_agree_with_those_one_by_one(desk):
    texts = [f"person {number}" for number in range(24)]
    expected = [ids(search(desk, text)) for text in texts]
    found = {}

    async def one(text):
        found[text] = ids(await find.search(desk, ANNA, text, 3))

    async def together():
        async with anyio.create_task_group() as tasks:
            for text in texts:
                tasks.start_soon(one, text)

    anyio.run(together)
    assert [found[text] for text in texts] == expected
    with desk.state.reading() as db:
        assert audit.verify(db).entries == 48


def test_galleries_of_one_name_are_refused(make_service, gallery, tmp_path):
    shutil.copytree(gallery, tmp_path / "other" / "people")
    with pytest.raises(ConfigError, match="are both called people"):
        make_service(galleries=[gallery, tmp_path / "other" / "people"])


def test_two_galleries_of_one_model_load_it_once(make_service, gallery, tmp_path, make_encoder):
    shutil.copytree(gallery, tmp_path / "second")
    loaded = []
    service = make_service(
        galleries=[gallery, tmp_path / "second"],
        load=lambda location, explains=False: loaded.append(location) or make_encoder(),
    )
    service.warm()
    service.close()
    assert loaded == ["box"]


def test_a_model_is_loaded_in_the_thread_that_runs_it(make_service, make_encoder):
    threads = []

    def load(location, explains=False):
        threads.append(threading.get_ident())
        encoder = make_encoder()
        plain = encoder.encode_text

        def encode_text(sentences):
            threads.append(threading.get_ident())
            return plain(sentences)

        encoder.encode_text = encode_text
        return encoder

    service = make_service(load=load)
    service.warm()
    service.close()
    assert len(threads) == 2
    assert len({*threads, threading.get_ident()}) == 2


def test_one_search_at_a_time_encodes_or_looks_through_a_gallery(desk):
    search(desk)
    with desk.models.turn:
        thread = threading.Thread(target=search, args=[desk])
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()


def test_rules_are_kept_in_the_gallery(desk):
    with Gallery.open(desk.path, write=True) as gallery:
        assert rules_of(gallery) == Rules()
        for rules in (Rules(reason=True, keep_days=3), Rules(words_days=1)):
            set_rules(gallery, rules)
            assert rules_of(gallery) == rules
        with gallery.written(content=False) as db:
            db.execute("UPDATE meta SET value = '{}x' WHERE key = 'rules'")
        with pytest.raises(GalleryError, match="rules"):
            rules_of(gallery)


@pytest.fixture
def aged(desk, tmp_path, draw, make_encoder):
    """The ten without a time, and three with one: of years, one and a half days and an hour ago."""
    folder = tmp_path / "aged"
    now = time.time()
    rows = ["path,time"]
    for number, seconds in enumerate((now - 5 * 365 * 86_400, now - 1.5 * 86_400, now - 3600)):
        draw(folder / f"{number}.png", 100 + number)
        rows.append(f"{number}.png,{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(seconds))}")
    (folder / "list.csv").write_text("\n".join(rows))
    build(make_encoder(), folder / "list.csv", desk.path, model="box")
    return desk


def enforce(desk, **rules):
    with Gallery.open(desk.path, write=True) as gallery:
        set_rules(gallery, Rules(**rules))
    anyio.run(retention.enforce, desk)
    with Gallery.open(desk.path) as gallery:
        return gallery.ids("1").tolist()


def test_pictures_that_are_too_old_are_erased_by_themselves(aged):
    everybody = list(range(1, 14))
    assert enforce(aged) == everybody
    assert enforce(aged, keep_days=30) == [number for number in everybody if number != 11]
    with aged.state.reading() as db:
        (entry,) = audit.entries(db)
    assert (entry.who, entry.act, entry.items) == ("service", "retention", (11,))
    assert enforce(aged, keep_days=30) == enforce(aged, keep_days=2)
    assert enforce(aged, keep_days=1) == [*range(1, 11), 13]


def test_words_that_are_too_old_are_erased_by_themselves(desk, monkeypatch):
    search(desk, "Jane Doe in red")
    enforce(desk, words_days=1)
    with desk.state.reading() as db:
        assert audit.verify(db).erased == 0
    later = retention.datetime.now(retention.UTC) + retention.timedelta(days=1, seconds=1)

    class Later(retention.datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    monkeypatch.setattr(retention, "datetime", Later)
    enforce(desk, words_days=1)
    with desk.state.reading() as db:
        assert audit.verify(db).erased == 1
        assert audit.entries(db)[0].act == "words erased"
    content = b"".join(file.read_bytes() for file in desk.state.file.parent.iterdir())
    assert b"Jane Doe" not in content


def test_retention_goes_on_with_the_next_gallery_where_one_is_at_fault(
    make_service, gallery, tmp_path, caplog
):
    shutil.copytree(gallery, tmp_path / "second")
    service = make_service(galleries=[gallery, tmp_path / "second"], retention_s=0.02)
    looked = []
    shutil.rmtree(gallery)

    async def watched():
        with anyio.move_on_after(0.5):
            await retention.keep(service)

    real = retention.enforce

    async def enforced(desk):
        looked.append(desk.name)
        await real(desk)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retention, "enforce", enforced)
        anyio.run(watched)
    assert looked[:4] == ["people", "second", "people", "second"]
    assert any(record.message == "retention failed" for record in caplog.records)


def test_a_service_that_runs_erases_what_is_too_old(make_service, aged):
    with Gallery.open(aged.path, write=True) as gallery:
        set_rules(gallery, Rules(keep_days=30))
    service = make_service()
    with TestClient(create_app(service), base_url=HERE) as client:
        for _ in range(200):
            if client.get("/api/v1/galleries/people/items/11").status_code == 404:
                return
            time.sleep(0.02)
    raise AssertionError("it was never erased")


def test_an_empty_gallery_is_served_and_says_so(make_service, tmp_path):
    path = tmp_path / "empty"
    Gallery.create(path, fingerprint="aa" * 32, model="m", width=12, image_size=(24, 8)).close()
    service = make_service(galleries=[path])
    service.warm()
    with pytest.raises(GalleryError, match="is empty"):
        search(service.desks["empty"])
    service.close()


def test_a_gallery_that_is_not_there_keeps_the_service_from_starting(make_service, tmp_path):
    with pytest.raises(GalleryError, match="no such gallery"):
        make_service(galleries=[tmp_path / "nothing"]).warm()


def test_a_name_that_is_not_served_is_told(client):
    answer = client.get("/api/v1/galleries/x/search", params={"q": "red"})
    assert answer.status_code == 404
    assert "there are people" in answer.json()["error"]


def test_the_index_is_not_shared_half_made(desk, monkeypatch):
    """Two who search at once after a change: one makes the index, the other waits for it."""
    begun, go, made = threading.Event(), threading.Event(), []
    load = indexes.load

    def slow(gallery):
        made.append(1)
        begun.set()
        assert go.wait(10)
        return load(gallery)

    monkeypatch.setattr(indexes, "load", slow)
    found = []
    threads = [threading.Thread(target=lambda: found.append(ids(search(desk)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    time.sleep(0.05)
    go.set()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert found[0] == found[1]
