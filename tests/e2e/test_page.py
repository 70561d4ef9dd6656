"""The search page as it is used: words, filters, the panel, from the keyboard, without scripts."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

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
