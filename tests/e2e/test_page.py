"""The search page as it is used: words, filters, the panel, keys of both kinds, without scripts."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect
from tests.e2e.conftest import Site

from tipr.service.guard.keyring import make

Visit = Callable[..., Page]
BLUE = "a person in a blue shirt"


def ask(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")


def first(page: Page):
    return page.locator(".tile").first


def test_words_bring_the_people_they_describe_and_stand_in_the_address(visit: Visit) -> None:
    page = visit()
    expect(page.get_by_role("heading", name="Who is looked for?")).to_be_visible()
    ask(page, BLUE)
    expect(first(page).locator(".badge").first).to_have_text(re.compile("Strong"))
    expect(page).to_have_url(re.compile(r"q=a.person.in.a.blue.shirt$"))
    expect(first(page).locator(".clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    assert first(page).locator("img").evaluate("one => one.decode().then(() => one.naturalWidth)")


def test_nobody_is_said_where_nobody_fits(visit: Visit) -> None:
    page = visit("/g/street?q=a%20pink%20dress")
    expect(page.get_by_role("heading", name="Nobody here seems to fit")).to_be_visible()


def test_typed_tokens_become_chips_that_can_be_taken_off_and_back_brings_them_again(
    visit: Visit,
) -> None:
    page = visit()
    ask(page, f"camera:station {BLUE}")
    chip = page.get_by_role("link", name="Take off: station")
    expect(chip).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value(BLUE)
    expect(page.locator(".tile .camera").first).to_be_attached()
    assert set(page.locator(".tile .camera").all_inner_texts()) == {"station"}
    chip.click()
    expect(chip).to_have_count(0)
    assert len(set(page.locator(".tile .camera").all_inner_texts())) == 3
    page.go_back()
    expect(chip).to_be_visible()


def test_a_filter_with_its_count_narrows_the_hits(visit: Visit) -> None:
    page = visit(f"/g/street?q={BLUE}")
    page.locator("summary", has_text="Camera").click()
    choice = page.locator(".choice", has_text="car park")
    count = int(choice.locator(".count").inner_text().split()[0])
    choice.click()
    expect(page.get_by_role("link", name="Take off: car park")).to_be_visible()
    expect(page.locator(".found", has_text=f"of {count} searched")).to_be_visible()


def test_the_panel_shows_the_frame_the_words_and_goes_with_escape(visit: Visit) -> None:
    page = visit(f"/g/street?q={BLUE}&camera=station")
    first(page).locator("a").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="Hit 1")).to_be_visible()
    expect(panel.locator("header .badge")).to_have_text(re.compile(r"^\s*Strong\s\d+ %$"))
    expect(panel.locator("dd", has_text="station")).to_be_visible()
    panel.locator("label", has_text="blue").click()
    expect(panel.locator(".map:visible rect").first).to_be_attached()
    panel.get_by_role("link", name="Whole frame").click()
    expect(panel.locator(".box")).to_be_visible()
    expect(page).to_have_url(re.compile("hit=.*frame=1"))
    page.reload()
    expect(panel.locator(".box")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page).not_to_have_url(re.compile("hit="))


def test_everything_goes_by_the_keyboard_alone(visit: Visit) -> None:
    page = visit("/use")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/g/street")
    page.keyboard.type(BLUE)
    page.keyboard.press("Enter")
    expect(first(page)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile >> nth=1 >> a")).to_be_focused()
    page.keyboard.press(" ")
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Hit 2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#panel h2")).to_have_text("Hit 1")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(first(page).locator("a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".pick :checked")).to_have_count(0)
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("order=time"))
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_searching_filtering_and_looking_work_without_scripts(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    ask(page, f"camera:station {BLUE}")
    expect(page.get_by_role("link", name="Take off: station")).to_be_visible()
    first(page).locator("a").click()
    expect(page.locator("#panel")).to_be_visible()
    page.get_by_role("link", name="Which words met which part").click()
    page.locator("label", has_text="blue").click()
    expect(page.locator(".map:visible")).to_have_count(1)
    page.get_by_role("link", name="Close the panel").click()
    page.locator(".pick").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "street-1.csv"


def test_every_picture_is_whole_and_its_row_reaches_from_edge_to_edge(visit: Visit) -> None:
    page = visit(f"/g/street?q={BLUE}", device_scale_factor=2)
    shapes = page.locator(".tile img").evaluate_all(
        """async (all) => { await Promise.all(all.slice(0, 12).map((one) => one.decode()));
        return all.slice(0, 12).map((one) => ({ ...one.getBoundingClientRect().toJSON(),
            natural: one.naturalWidth / one.naturalHeight, fine: one.currentSrc })); }"""
    )
    assert {one["fine"].endswith("?fine=1") for one in shapes} == {True}
    for one in shapes:
        assert 7 / 8 < one["width"] / one["height"] / one["natural"] < 8 / 7
    row = [one for one in shapes if one["top"] == shapes[0]["top"]]
    right = page.locator(".hits").evaluate("one => one.getBoundingClientRect().right")
    assert len({round(one["height"]) for one in row}) == 1
    assert abs(row[-1]["right"] - right) < 1


def test_on_a_phone_the_timeline_lies_under_the_thumb_and_moves_the_grid(visit: Visit) -> None:
    page = visit(f"/g/street?q={BLUE}", viewport={"width": 390, "height": 844}, has_touch=True)
    box = page.locator("[data-timeline]").bounding_box()
    assert box
    assert (box["width"], box["y"] > 700) == (390, True)
    page.mouse.move(box["x"] + 380, box["y"] + 20)
    expect(page.locator(".bubble")).to_contain_text("3 May")
    bubble = page.locator(".bubble").bounding_box()
    assert bubble
    assert bubble["x"] + bubble["width"] <= 390
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".tile.lit").first).to_be_in_viewport()


def test_with_a_key_one_logs_in_is_led_on_and_out_and_a_wrong_one_does_not_open(
    visit: Visit, locked: Site
) -> None:
    secret = make(locked.service.state, "anna", "read")[1]
    page = visit(f"/g/street?q={BLUE}", at=locked, bears="401")
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("Key", exact=True).fill("tipr_wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.context.cookies() == []
    page.get_by_label("Key", exact=True).fill(secret)
    page.keyboard.press("Enter")
    expect(first(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/g/street\?q=a"))
    (cookie,) = page.context.cookies()
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
    assert secret not in str(page.context.cookies())
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)  # it may only read
    page.get_by_role("button", name="Log out").click()
    page.goto("/g/street")
    expect(page).to_have_url(re.compile("/login"))


def test_who_is_logged_in_is_not_made_to_do_anything_by_another_site(
    visit: Visit, locked: Site
) -> None:
    secret = make(locked.service.state, "anna", "read")[1]
    page = visit(at=locked, bears="403")
    page.get_by_label("Key", exact=True).fill(secret)
    page.keyboard.press("Enter")
    ask(page, BLUE)
    number = first(page).get_attribute("data-id")
    send = """async ([token, item]) => (await fetch("/g/street/mark?q=red", { method: "POST",
        body: new URLSearchParams({ item, says: "like", csrf: token }) })).status"""
    assert page.evaluate(send, ["", number]) == 403
    assert locked.marked() == []

    def foreign(route: Route) -> None:
        form = f'''<form method="post" action="{locked.address}/g/street/mark?q=red">
            <input name="item" value="{number}"><input name="says" value="like">
            <button>Win</button></form>'''
        route.fulfill(body=form, content_type="text/html")

    page.route("http://elsewhere.test/", foreign)
    page.goto("http://elsewhere.test/")
    with page.expect_navigation() as answer:
        page.get_by_role("button", name="Win").click()
    assert answer.value
    assert answer.value.status == 403
    assert locked.marked() == []
    page.goto(f"{locked.address}/g/street?q={BLUE}")
    token = page.locator("[name=csrf]").first.get_attribute("value")
    assert page.evaluate(send, [token, number]) == 200
    assert locked.marked() == ["red"]


def test_a_folder_is_indexed_with_live_progress_while_hits_are_marked_and_searches_kept(
    visit: Visit, locked: Site
) -> None:
    locked.let.clear()
    page = visit("/indexing", at=locked)
    page.get_by_label(re.compile("^Folder")).fill("more")
    page.get_by_role("button", name="Index it").click()
    expect(page.locator(".job .pill")).to_have_text("running")
    expect(page.locator(".job")).to_contain_text("0 of 4 pictures")
    page.evaluate("window.same = true")
    other = page.context.new_page()
    other.goto(f"/g/street?q={BLUE}")
    first(other).locator("a").click()
    other.get_by_role("button", name="More like this").click()
    expect(other.get_by_role("link", name="Take off: like this")).to_be_visible()
    other.get_by_label("Saved searches and history").click()
    other.get_by_label("Name of this search").fill("meanwhile")
    other.get_by_role("button", name="Save").click()
    other.goto("/g/street/saved")
    expect(other.get_by_role("link", name="meanwhile")).to_be_visible()
    assert locked.marked() == [BLUE]
    expect(page.locator(".job .pill")).to_have_text("running")
    locked.let.set()
    expect(page.locator(".job .pill")).to_have_text("done")
    expect(page.locator(".job")).to_contain_text("added 4")
    assert page.evaluate("window.same")  # it was never loaded again
