"""Write what is generated in the documents anew: `python -m tests.docs.write`."""

from tests.docs import cli_page, groups_table
from tests.docs.blocks import ROOT


def main() -> None:
    (ROOT / cli_page.PAGE).write_text(cli_page.text(), encoding="utf-8")
    page = ROOT / groups_table.PAGE
    page.write_text(groups_table.filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
