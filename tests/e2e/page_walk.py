"""The long walk over the page: pictures, feedback, exports, erasure, a phone, axe. `make e2e`.

Its screenshots, of drawn people only, are left in out/e2e to be looked at.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]
OUT = Path(__file__).parent.parent.parent / "out" / "e2e"
BLUE = "a person in a blue shirt"
SEARCH = f"/g/street?q={BLUE}"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAGES = {
    "start": "/g/street",
    "hits": SEARCH,
    "time": f"{SEARCH}&order=time",
    "nobody": "/g/street?q=a pink dress",
    "nothing": f"{SEARCH}&camera=nowhere",
    "panel": f"{SEARCH}&camera=station&hit=25&why=1",
    "frame": f"{SEARCH}&camera=station&hit=25&frame=1",
    "saved": "/g/street/saved",
    "forget": "/g/street/forget",
    "models": "/models",
    "indexing": "/indexing",
    "audit": "/audit?verify=1",
    "use": "/use",
    "login": "/login",
    "reason": "/reason",
}


def shot(page: Page, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=OUT / f"{name}.png")


def first(page: Page):
    return page.locator(".tile").first


def pixels(part: Locator) -> NDArray[np.uint8]:
    """(H, W, 3), as it is drawn."""
    return np.asarray(Image.open(io.BytesIO(part.screenshot())).convert("RGB"))


def ids(page: Page) -> list[str]:
    return page.locator(".tile").evaluate_all("all => all.map(one => one.dataset.id)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit: Visit, name: str, scheme: str) -> None:
    page = visit(PAGES[name], color_scheme=scheme)
    shot(page, f"{name}-{scheme}")
    found = Axe().run(page).response["violations"]
    told = [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
    assert told == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(visit: Visit, name: str) -> None:
    page = visit(PAGES[name], **PHONE)
    shot(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_panel_covers_a_phone_and_closes(visit: Visit) -> None:
    page = visit(SEARCH, **PHONE)
    first(page).locator("a").tap()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box
    assert (box["width"], box["x"], box["y"]) == (390, 0, 0)
    panel.get_by_role("link", name="Close the panel").tap()
    expect(panel).to_have_count(0)


def test_a_picture_that_is_chosen_searches_alone_and_together_with_words(visit: Visit) -> None:
    page = visit(SEARCH)
    wanted = ids(page)[2]
    jpeg = page.request.get(f"/g/street/picture/{wanted}").body()
    page.goto("/g/street")
    page.get_by_label("Search with a picture").click()
    page.set_input_files(
        "[name=picture]", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": jpeg}
    )
    expect(page.get_by_role("link", name="Take off: picture")).to_be_visible()
    assert ids(page)[0] == wanted
    page.get_by_role("searchbox").fill("yellow")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile("picture=.*q=yellow|q=yellow.*picture="))
    expect(page.get_by_role("link", name="Take off: picture")).to_be_visible()
    shot(page, "by-picture")


def test_a_picture_can_be_dropped_and_pasted(visit: Visit) -> None:
    page = visit(SEARCH)
    give = """async (kind) => {
        const answer = await fetch(document.querySelector(".tile img").src);
        const data = new DataTransfer();
        data.items.add(new File([await answer.blob()], "x.jpg", { type: "image/jpeg" }));
        const event = kind === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
        document.body.dispatchEvent(event);
    }"""
    for count, kind in enumerate(("drop", "paste"), start=1):
        page.evaluate(give, kind)
        expect(page.get_by_role("link", name="Take off: picture")).to_have_count(count)


def test_what_is_no_picture_is_told_and_changes_nothing(visit: Visit) -> None:
    page = visit("/use")  # nothing may complain in the console, so the form is sent by hand
    page.goto(SEARCH)
    answer = page.request.post(
        "/g/street/upload",
        multipart={
            "csrf": page.locator("[data-upload] [name=csrf]").input_value(),
            "picture": {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"},
        },
        headers={"Origin": page.url.split("/g/")[0]},
        fail_on_status_code=False,
    )
    assert answer.status == 422
    assert "picture" in answer.text()


def test_more_like_this_and_not_this_change_the_ranking_at_once(visit: Visit) -> None:
    page = visit(SEARCH)
    before = ids(page)
    page.locator(f"#hit-{before[1]} > a").click()
    page.get_by_role("button", name="Not this one").click()
    expect(page.locator(f"#hit-{before[1]}")).to_have_count(0)
    expect(page.get_by_role("link", name="Take off: not this")).to_be_visible()
    first(page).locator("a").click()
    page.get_by_role("button", name="More like this").click()
    expect(page.get_by_role("link", name="Take off: like this")).to_be_visible()
    expect(page.get_by_role("button", name="More like this")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert ids(page) != [one for one in before if one != before[1]]
    shot(page, "feedback")


@pytest.mark.parametrize("kind", ["Zip", "CSV", "JSON", "Sheet"])
def test_chosen_hits_are_exported(visit: Visit, kind: str) -> None:
    page = visit(SEARCH)
    chosen = ids(page)[:2]
    for number in chosen:
        page.locator(f"#hit-{number}").hover()
        page.locator(f"#hit-{number} .pick").click()
    expect(page.locator("[data-chosen]")).to_have_text("2 chosen")
    shot(page, "chosen")
    with page.expect_download() as download:
        page.locator("#chosen").get_by_role("button", name=kind).click()
    content = Path(download.value.path()).read_bytes()
    match kind:
        case "Zip":
            assert any(
                one.startswith("pictures/")
                for one in zipfile.ZipFile(io.BytesIO(content)).namelist()
            )
        case "CSV":
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            assert [row["id"] for row in rows] == chosen
            assert all(len(row["sha256"]) == 64 for row in rows)
        case "JSON":
            assert [one["id"] for one in json.loads(content)["pictures"]] == list(map(int, chosen))
        case "Sheet":
            assert content.count(b"data:image/jpeg") == 2


def test_a_search_is_saved_found_again_and_erased(visit: Visit) -> None:
    page = visit(f"{SEARCH}&camera=station&order=time")
    page.get_by_label("Saved searches and history").click()
    page.get_by_label("Name of this search").fill("the blue one")
    page.get_by_role("button", name="Save").click()
    page.goto("/g/street/saved")
    expect(page.locator(".lines").last).to_contain_text(BLUE)
    page.get_by_role("link", name="the blue one").click()
    expect(page).to_have_url(re.compile("camera=station.*order=time"))
    page.goto("/g/street/saved")
    page.get_by_role("button", name="Erase the search the blue one").click()
    expect(page.get_by_role("link", name="the blue one")).to_have_count(0)


def test_the_timeline_tells_and_moves_the_grid(visit: Visit) -> None:
    page = visit(SEARCH)
    line = page.locator("[data-timeline]")
    box = line.bounding_box()
    assert box
    page.mouse.move(box["x"] + 70, box["y"] + box["height"] - 20)
    expect(page.locator(".bubble")).to_contain_text("3 May")
    lit = page.locator(".tile.lit")
    assert lit.count() >= 1
    page.mouse.down()
    page.mouse.up()
    expect(lit.first).to_be_in_viewport()


def test_the_tile_of_the_open_hit_has_a_frame_and_its_texts_a_shade(visit: Visit) -> None:
    page = visit(SEARCH)
    look = """async (all) => { await Promise.all(all.map((one) => one.decode())); }"""
    page.locator(".tile img").evaluate_all(look)
    plain = pixels(first(page))
    first(page).locator("a").click()
    expect(page.locator("#panel")).to_be_visible()
    page.mouse.move(5, 5)
    page.locator(".tile img").evaluate_all(look)
    framed = pixels(first(page))
    middle = framed.shape[0] // 2
    assert np.ptp(framed[middle - 20 : middle + 20, 1], axis=0).max() <= 2  # one colour along it
    assert np.ptp(plain[middle - 20 : middle + 20, 1], axis=0).max() > 2
    natural = first(page).locator("img").evaluate("one => one.src")
    whole = Image.open(io.BytesIO(page.request.get(natural).body())).convert("L")
    shown = Image.fromarray(plain).convert("L").resize(whole.size)
    low = (0, whole.height - 3, whole.width, whole.height)
    assert np.mean(shown.crop(low)) < 0.6 * np.mean(whole.crop(low))


def test_nothing_of_a_panel_lies_beyond_its_edge(visit: Visit) -> None:
    page = visit(f"{SEARCH}&camera=station&hit=25&why=1")
    panel = page.locator("#panel")
    near = panel.locator(".near").first
    expect(near).to_be_visible()
    near.evaluate("one => one.innerHTML = one.innerHTML.repeat(20)")  # a busy minute
    assert panel.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_erasing_is_looked_at_first_and_then_proven(visit: Visit) -> None:
    page = visit(SEARCH)
    gone = ids(page)[-1]
    page.goto(f"{SEARCH}&hit={gone}")
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("heading", name="1 picture would be erased")).to_be_visible()
    shot(page, "erase")
    page.get_by_role("button", name="Erase it for good").click()
    expect(page.get_by_text("nothing left")).to_be_visible()
    page.goto(SEARCH)
    expect(first(page)).to_be_visible()
    assert gone not in ids(page)


def test_light_and_dark_can_be_switched_and_stay(visit: Visit) -> None:
    page = visit(color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Theme").click()
    dark = page.evaluate(colour)
    assert dark != light
    page.reload()
    assert page.evaluate(colour) == dark
