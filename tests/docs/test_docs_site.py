"""The documents build into a site, without a warning and without another host."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT

import tipr

FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=\"(https?:|//)|<link[^>]*\shref=\"(https?:|//)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    ended = subprocess.run(
        # not --quiet, which also silences the warnings that --strict counts
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return folder


def test_no_page_fetches_anything_from_another_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert [page.name for page in pages if FETCHED.search(page.read_text("utf-8"))] == []


def test_the_reference_knows_every_public_name(site):
    told = " ".join(page.read_text("utf-8") for page in site.glob("reference/*.html"))
    names = [name for name in tipr.__all__ if name != "__version__"]
    assert [name for name in names if not re.search(rf'id="tipr\.[\w.]*\b{name}"', told)] == []
