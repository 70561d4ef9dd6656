"""What is generated in the documents is what would be generated now."""

from tests.docs import cli_page, groups_table
from tests.docs.blocks import ROOT

AGAIN = "run `python -m tests.docs.write`"
GROUPS = {"build": {"slim": {"people": 1234, "R1": 61.25, "low": 58.0, "high": 64.54}}}


def test_the_command_lines_page_is_its_help():
    assert (ROOT / cli_page.PAGE).read_text(encoding="utf-8") == cli_page.text(), AGAIN


def test_the_differences_between_groups_are_those_of_the_box():
    page = (ROOT / groups_table.PAGE).read_text(encoding="utf-8")
    assert page == groups_table.filled(page), AGAIN
    assert page.count("<!-- groups -->") == page.count("<!-- /groups -->") == 1


def test_a_group_is_a_row():
    assert groups_table.table(GROUPS).splitlines()[2] == (
        "| build | slim | 1,234 | 61.2 | 58.0 to 64.5 |"
    )
    assert "not been measured" in groups_table.table({})


def test_the_command_lines_page_tells_options_with_kind_and_default():
    text = cli_page.text()
    for row in (
        "| `--k1 N` |  | --rerank: neighbours (if not said 20). |",
        "| `GALLERY` |  | A gallery made by 'tipr index'. |",
        "| `--batch N` | `64` | Pictures encoded at once. |",
        "| `--group` `--no-group` |  | Near-duplicates and tracks past one camera as one hit. |",
    ):
        assert row in text
    assert "    tipr search GALLERY [SENTENCES...]\n" in text
