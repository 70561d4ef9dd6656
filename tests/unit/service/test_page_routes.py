"""The search page as it is answered: whole, in parts, and where something is wrong."""

import re
from html import unescape
from importlib import resources
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tipr.gallery.store import Gallery
from tipr.service.desk.rules import Rules, set_rules
from tipr.service.page.entering import ours
from tipr.service.page.panel import Frame

TEMPLATES = resources.files("tipr.service.page").joinpath("templates")
NAMES = sorted(one.name for one in TEMPLATES.iterdir())
PAGE = "/g/people"


def said(page: str) -> str:
    """What people read of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(PAGE).text)
    assert found
    return found[1]


def tiles(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="hit-(\d+)"', page)]


def test_the_start_leads_to_the_first_gallery_and_shows_nobody_unasked(client) -> None:
    page = client.get("/")
    assert page.url.path == PAGE
    assert "Who is looked for?" in said(page.text)
    assert tiles(page.text) == []


def test_a_search_shows_every_picture_once_with_its_thumbnail(client) -> None:
    page = client.get(PAGE, params={"q": "red coat"}).text
    assert sorted(tiles(page)) == list(range(1, 11))
    for number in tiles(page):
        answer = client.get(f"{PAGE}/thumb/{number}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"


def test_what_is_typed_is_never_taken_for_html(client) -> None:
    typed = '"><script>alert(1)</script>'
    page = client.get(PAGE, params={"q": typed, "camera": typed, "avoid": typed}).text
    assert "<script>alert" not in page
    assert "alert(1)" in unescape(page)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("red before:2026-05-01 coat", "q=red%20coat&before=2026-05-01"),
        ("red coat avoid:hat", "q=red%20coat&avoid=hat"),
    ],
)
def test_typed_tokens_move_into_the_address(client, typed: str, query: str) -> None:
    answer = client.get(PAGE, params={"q": typed}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}?{query}"


def test_filters_alone_ask_whom(client) -> None:
    page = client.get(PAGE, params={"camera": "gate"}).text
    assert "And whom? Describe the person" in said(page)


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({"q": "size:9"}, "size: is no filter"),
        ({"q": "x", "page": "0"}, "page is a number from 1"),
        ({"q": "x", "after": "May"}, "is no date"),
        ({"q": "x", "picture": "gone"}, "give it once more"),
        ({"q": "x", "like": "999"}, "no picture has the id 999"),
    ],
)
def test_what_cannot_be_searched_for_is_told_on_a_page(client, params, line: str) -> None:
    answer = client.get(PAGE, params=params)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")
    assert line in said(answer.text)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/g/nowhere", 404),
        ("/nowhere", 404),
        (f"{PAGE}?q=x&hit=99", 404),
        (f"{PAGE}/thumb/99", 404),
        (f"{PAGE}/thumb/99999999999999999999", 422),
        (f"{PAGE}/picture/..%2f..", 404),
        (f"{PAGE}/again?name=nobody", 404),
        ("/audit?below=99999999999999999999", 422),
        ("/static/x/..", 404),
        ("/static/x/nothing.js", 404),
    ],
)
def test_what_is_not_there_is_a_page_too(client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    if status != 404 or "static" not in path:
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path",
    [
        *("/models", "/indexing", "/audit?verify=1", "/use", "/login", "/reason"),
        *(f"{PAGE}/saved", f"{PAGE}/forget"),
        *(f"{PAGE}?q=x&order=time", f"{PAGE}?q=x&hit=3&why=1&frame=1"),
    ],
)
def test_every_page_is_there_and_has_one_title(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert len(re.findall("<h1", answer.text)) == 1


def test_a_part_is_given_to_whom_asks_for_it_and_a_page_to_others(client) -> None:
    where = f"{PAGE}/hit/3?q=red"
    part = client.get(where, headers={"Tipr-Fragment": "panel"})
    assert part.headers["tipr-fragment"] == "panel"
    assert part.headers["vary"] == "Tipr-Fragment"
    assert part.text.strip().startswith("<aside")
    page = client.get(where)
    assert page.url.path == PAGE
    assert "<aside" in page.text
    assert "tipr-fragment" not in page.headers
    view = client.get(f"{PAGE}?q=red", headers={"Tipr-Fragment": "view"})
    assert "<html" not in view.text
    assert tiles(view.text)


def test_a_model_without_words_says_so_in_the_panel(client) -> None:
    page = client.get(f"{PAGE}/why/3?q=red", headers={"Tipr-Fragment": "why"})
    assert page.status_code == 200
    assert "none of words and patches" in said(page.text)


def test_a_mark_is_kept_and_searched_with(client, gallery: Path) -> None:
    answer = client.post(
        f"{PAGE}/mark?q=red&like=2&hit=3",
        data={"csrf": token(client), "item": 3, "says": "unlike"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == f"{PAGE}?q=red&like=2&unlike=3"
    with Gallery.open(gallery) as opened:
        assert opened.ask("SELECT query, item, fits FROM feedback") == [("red", 3, 0)]
    again = client.post(
        f"{PAGE}/mark?q=red&like=2&unlike=3",
        data={"csrf": token(client), "item": 3, "says": "like"},
        follow_redirects=False,
    )
    assert again.headers["location"] == f"{PAGE}?q=red&like=2&like=3&hit=3"


def test_a_brought_picture_finds_itself_and_belongs_to_whom_brought_it(
    client, people: Path
) -> None:
    content = (people / "3.png").read_bytes()
    answer = client.post(
        f"{PAGE}/upload?camera=",
        data={"csrf": token(client)},
        files={"picture": ("3.png", content, "image/png")},
    )
    assert answer.status_code == 200
    assert "picture=" in str(answer.url)
    handle = answer.url.params["picture"]
    assert client.get(f"{PAGE}/upload/{handle}").headers["content-type"] == "image/jpeg"
    assert client.get(f"{PAGE}/upload/another").status_code == 422


def test_a_search_is_kept_listed_searched_again_and_erased(client) -> None:
    csrf = token(client)
    kept = client.post(f"{PAGE}/saved?q=red&order=time", data={"csrf": csrf, "name": "a/../b?"})
    assert kept.status_code == 200
    page = client.get(f"{PAGE}/saved").text
    again = re.search(r'href="([^"]*/again[^"]*)"', page)
    assert again
    found = client.get(unescape(again[1]))
    assert (found.url.params["q"], found.url.params["order"]) == ("red", "time")
    client.post(f"{PAGE}/unsave", data={"csrf": csrf, "name": "a/../b?"})
    assert "a/../b?" not in said(client.get(f"{PAGE}/saved").text)


def test_history_is_the_callers_own_searches_newest_first_each_once(client) -> None:
    for words in ("red", "blue", "red"):
        client.get(PAGE, params={"q": words, "page": 1})
    page = client.get(f"{PAGE}/saved").text
    lately = re.findall(r'href="/g/people\?q=(\w+)"', page)
    assert lately == ["red", "blue"]


@pytest.mark.parametrize("kind", ["zip", "csv", "json", "sheet"])
def test_chosen_hits_are_a_file_to_take_away(client, kind: str) -> None:
    data = {"csrf": token(client), "kind": kind, "item": [1, 2]}
    answer = client.post(f"{PAGE}/export?q=red", data=data)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert int(answer.headers["content-length"]) == len(answer.content)
    none = client.post(f"{PAGE}/export?q=red", data={**data, "item": []})
    assert none.status_code == 422
    assert "no hit is chosen" in said(none.text)


def test_erasing_shows_first_and_erases_only_what_was_shown(client) -> None:
    data = {"csrf": token(client), "item": [3, 4]}
    plan = client.post(f"{PAGE}/forget", data=data).text
    assert "2 pictures would be erased" in said(plan)
    assert len(tiles(client.get(f"{PAGE}?q=red").text)) == 10
    word = re.search(r'name="word" value="(\w+)"', plan)
    assert word
    other = client.post(f"{PAGE}/forget", data={**data, "item": [3], "word": word[1]})
    assert other.status_code == 409
    done = client.post(f"{PAGE}/forget", data={**data, "word": word[1]})
    assert "2 pictures are erased" in said(done.text)
    assert sorted(tiles(client.get(f"{PAGE}?q=red").text)) == [1, 2, 5, 6, 7, 8, 9, 10]


def test_a_form_without_its_token_is_refused_where_a_browser_sends_it(client) -> None:
    answer = client.post(
        f"{PAGE}/mark?q=red",
        data={"item": 3, "says": "like"},
        headers={"Origin": str(client.base_url).rstrip("/")},
    )
    assert answer.status_code == 403


def test_who_needs_a_key_logs_in_is_let_on_and_out(client, keyed) -> None:
    where = f"{PAGE}?q=red"
    asked = client.get(where)
    assert asked.url.path == "/login"
    then = re.search(r'name="then" value="([^"]+)"', asked.text)
    assert then
    assert unescape(then[1]) == where
    wrong = client.post("/login", data={"key": "tipr_1_wrong", "then": where})
    assert wrong.status_code == 401
    key = keyed["read"]["Authorization"].removeprefix("Bearer ")
    let_in = client.post("/login", data={"key": key, "then": where}, follow_redirects=False)
    assert let_in.headers["location"] == where
    cookie = let_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    page = client.get(where)
    assert tiles(page.text)
    assert "Audit" not in said(page.text)
    assert client.get("/audit").status_code == 403
    client.post("/logout", data={"csrf": token(client)})
    assert client.get(where).url.path == "/login"


def test_a_gallery_that_demands_a_reason_asks_once_and_goes_on(client, gallery: Path) -> None:
    with Gallery.open(gallery, write=True) as opened:
        set_rules(opened, Rules(reason=True))
    asked = client.get(f"{PAGE}?q=red")
    assert asked.url.path == "/reason"
    csrf = re.search(r'name="csrf" value="(\w+)"', asked.text)
    assert csrf
    page = client.post(
        "/reason",
        data={"csrf": csrf[1], "reason": "Fall 12: Kind vermißt", "then": f"{PAGE}?q=red"},
    )
    assert tiles(page.text)
    assert "Kind vermißt" in said(client.get("/audit").text)


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\r\nb", ""]
)
def test_nobody_is_sent_elsewhere_after_logging_in(place: str) -> None:
    assert ours(place) == "/"


def test_a_place_of_ours_is_kept() -> None:
    assert ours("/g/people?q=a%20b") == "/g/people?q=a%20b"


def test_files_are_kept_by_browsers_only_under_their_newest_address(client) -> None:
    page = client.get(PAGE).text
    scripts = re.findall(r'src="(/static/[^"]+)"', page)
    assert scripts
    kept = client.get(scripts[0])
    assert kept.headers["content-type"].startswith("text/javascript")
    assert "immutable" in kept.headers["cache-control"]
    assert client.get("/static/old/page.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", NAMES)
def test_no_template_has_a_style_a_script_or_another_host_in_it(name: str) -> None:
    text = TEMPLATES.joinpath(name).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|https?://|\| *safe\b", text)
    assert re.findall(r"<script[^>]*>(.*?)</script>", text, flags=re.S) in ([], [""])


def test_every_icon_that_is_drawn_is_in_the_file(client) -> None:
    icons = resources.files("tipr.service.page").joinpath("static", "icons.svg").read_text("utf-8")
    known = set(re.findall(r'<symbol id="([\w-]+)"', icons))
    named = set()
    for name in NAMES:
        text = TEMPLATES.joinpath(name).read_text(encoding="utf-8")
        named |= set(re.findall(r'icon\("(\w+)"', text))
    assert named <= known


def test_the_box_of_a_person_is_cut_out_of_the_dimmed_frame() -> None:
    assert Frame(100, 50, 10, 5, 20, 40).around == "M0 0h100v50h-100zM10 5h20v40h-20z"
