"""Promises of the catalogues that translators fill: they hold the prose, run no chapter."""

import json
import subprocess
import sys

import pytest
from browsing import ROOT

CONF = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_nb", "execution_cache", "catalogues"]
gettext_compact = "noisy-quick-draw"
locale_dirs = ["locale"]
nb_execution_mode = "cache"
"""
PROSE, OTHER = "A drawing drowns in noise.", "Eine Zeichnung ertrinkt im Rauschen."


@pytest.fixture
def chapter(tmp_path):
    """A chapter whose code leaves a trace where it is run."""
    about = {"metadata": {}, "id": "a"}
    cells = [
        {"cell_type": "markdown", "source": f"# Noise\n\n{PROSE}", **about},
        {
            "cell_type": "code",
            "source": "open('ran', 'w').close()",
            "outputs": [],
            "execution_count": None,
            **about,
            "id": "b",
        },
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    kernel["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "index.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "conf.py").write_text(CONF.format(extensions=str(ROOT / "_ext")))
    return tmp_path


def run(*command):
    subprocess.run([sys.executable, "-m", *map(str, command)], check=True, capture_output=True)


def test_the_prose_of_a_chapter_is_collected_unrun_and_comes_back_translated(chapter):
    build = ("sphinx", "-q", "-W", "-d", chapter / "trees", "-b")
    run(*build, "gettext", chapter, chapter / "pot")
    assert not (chapter / "ran").exists()
    template = chapter / "pot" / "noisy-quick-draw.pot"
    text = template.read_text("utf-8")
    assert f'msgid "{PROSE}"' in text
    assert "open(" not in text
    catalogue = chapter / "locale/de/LC_MESSAGES/noisy-quick-draw.po"
    catalogue.parent.mkdir(parents=True)
    run("babel.messages.frontend", "init", "-i", template, "-o", catalogue, "-l", "de")
    filled = catalogue.read_text("utf-8").replace(
        f'msgid "{PROSE}"\nmsgstr ""', f'msgid "{PROSE}"\nmsgstr "{OTHER}"'
    )
    catalogue.write_text(filled, "utf-8")
    # A renewed catalogue keeps what was translated.
    run("babel.messages.frontend", "update", "-i", template, "-o", catalogue, "-l", "de")
    plain = ("-D", "language=de", "-D", "nb_execution_mode=off", "-D", "extensions=myst_nb")
    run("sphinx", "-q", "-b", "html", *plain, chapter, chapter / "site")
    page = (chapter / "site/index.html").read_text("utf-8")
    assert OTHER in page
    assert PROSE not in page
    assert '<html lang="de"' in page


def test_what_names_no_language_is_refused_before_anything_is_built():
    command = [sys.executable, "do.py", "catalogues", "--as-is", "../de"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "'../de' names no language" in answer.stderr
    assert "Traceback" not in answer.stderr
