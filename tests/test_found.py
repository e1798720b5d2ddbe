"""Promises of what others see of a page before they open it, with or without public addresses."""

import re
import subprocess
import sys

import pytest
from browsing import ROOT
from PIL import Image

REPOSITORY, SITE = "https://github.com/example/book", "https://example.org/book/"
CONF = """
import sys
sys.path.insert(0, {extensions!r})
project = "A book"
extensions = ["myst_nb", "found"]
html_theme = "sphinx_book_theme"
html_theme_options = {{"repository_url": {repository!r}, "path_to_docs": "",
    "repository_branch": "main"}}
html_baseurl = {site!r}
"""
PAGE = """# One page

Short.

This paragraph says what the page is about & ends here. It is followed by a sentence that is long
enough to be left out of any description, because search engines cut what exceeds their line.
"""


@pytest.fixture(scope="module", params=[(REPOSITORY, SITE), ("", "")], ids=["public", "nowhere"])
def site(request, tmp_path_factory):
    repository, site = request.param
    folder = tmp_path_factory.mktemp("site")
    names = {"extensions": str(ROOT / "_ext"), "repository": repository, "site": site}
    (folder / "conf.py").write_text(CONF.format(**names))
    (folder / "index.md").write_text(f"{PAGE}\n```{{toctree}}\na\n```\n")
    cells = '[{"cell_type": "markdown", "metadata": {}, "id": "x", "source": "# A notebook"}]'
    kernel = '{"kernelspec": {"name": "python3", "display_name": "Python 3"}}'
    (folder / "a.ipynb").write_text(
        f'{{"cells": {cells}, "metadata": {kernel}, "nbformat": 4, "nbformat_minor": 5}}'
    )
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", folder, folder / "site"]
    subprocess.run(build, check=True)
    return bool(site), folder / "site"


def head(folder, name, what):
    return re.findall(rf'{what}="([^"]*)"', (folder / name).read_text().split("</head>")[0])


def test_a_page_says_what_it_is_about_in_whole_sentences(site):
    _, folder = site
    (said,) = head(folder, "index.html", '<meta name="description" content')
    assert said == "This paragraph says what the page is about &amp; ends here."
    assert head(folder, "index.html", '<meta property="og:title" content') == ["One page"]


def test_only_a_public_site_has_canonical_addresses_a_preview_and_a_map(site):
    public, folder = site
    canonical = head(folder, "a.html", '<link rel="canonical" href')
    assert canonical == ([f"{SITE}a.html"] if public else [])
    preview = head(folder, "a.html", '<meta property="og:image" content')
    assert preview == ([f"{SITE}_static/preview.png"] if public else [])
    assert (folder / "sitemap.xml").exists() == public
    if public:
        with Image.open(folder / "_static/preview.png") as picture:
            assert picture.size == (1200, 630)
        assert f"<loc>{SITE}a.html</loc>" in (folder / "sitemap.xml").read_text()


def test_only_a_public_repository_has_buttons_to_it_its_issues_binder_and_colab(site):
    public, folder = site
    page = (folder / "a.html").read_text()
    assert (REPOSITORY in page) == public
    colab = "colab.research.google.com/github/example/book/blob/notebooks/a.ipynb"
    for needed in (f"{REPOSITORY}/issues/new", "mybinder.org/v2/gh/example/book/main", colab):
        assert (needed in page) == public, needed
