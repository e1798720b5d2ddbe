"""Promises of the page on which a reader plays against the network: both see the same, all counts hold."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from browsing import NO_STORAGE, PHONE, Explorable, Visit
from built_pages import SITE
from playwright.sync_api import expect

import qdtools as qd

PER_ROUND = 20
KEPT = "Object.keys(localStorage).filter((key) => key.includes('against'))"


def pixels_of(canvas):
    """Read a canvas's grey levels, from 0 to 1, off a copy: asked often, it would complain itself."""
    content = canvas.evaluate(
        """(canvas) => {
          const copy = new OffscreenCanvas(28, 28).getContext('2d', { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          return [...copy.getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0); }"""
    )
    return np.reshape(content, (1, 28, 28, 1)) / 255


class Game(Explorable):
    def __init__(self, browser, origin, fragment="", script=None):
        super().__init__(browser, origin, "against", fragment, script)

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def text(self, name):
        return self.page.locator(f"#ag-{name}").inner_text()

    def level(self):
        return float(re.findall(r"[\d.]+$", self.text("title"))[0])

    def pixels(self, name="noisy"):
        """Grey levels of a picture, from 0 to 1."""
        return pixels_of(self.page.locator(f"#ag-{name}"))

    def shares(self):
        """The bars' lengths: what the network gives each name."""
        return self.page.locator(".ag-bar").evaluate_all(
            "(bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--share')))"
        )

    def right(self):
        """The place of the right name, from 1."""
        rows = self.page.locator(".ag-row").evaluate_all(
            "(rows) => rows.map((row) => row.classList.contains('ag-right'))"
        )
        assert sum(rows) == 1
        return rows.index(True) + 1

    def table(self):
        return self.page.locator("#ag-table tr").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"
        )

    def play(self, answers):
        """Name drawings by the keyboard alone, which may be told which names to choose."""
        levels, hits, networks = [], [], []
        for answer in answers:
            levels.append(self.level())
            self.page.keyboard.press(str(answer))
            hits.append(self.right() == answer)
            networks.append(int(np.argmax(self.shares())) + 1 == self.right())
            if self.page.locator("#ag-next").is_visible():
                self.page.keyboard.press("Enter")
        return np.array(levels), np.array(hits), np.array(networks)


@pytest.fixture
def game(browser, origins):
    with Game(browser, origins["file"]) as game:
        yield game
        assert not game.complaints
        assert not game.outside


@pytest.fixture(scope="module")
def given(built_site):
    """What the build handed to the page."""
    script = (SITE / "_static/data/contest.js").read_text("utf-8")
    return json.loads(script.partition("contest = ")[2].rstrip(";\n"))


def any_answers():
    return [i % 5 + 1 for i in range(PER_ROUND)]


def agrees(game, levels, hits, networks):
    """Hold the table against what was seen while playing."""
    for level, you, network, _ in game.table():
        here = levels == float(level)
        if not here.any():
            assert you == network == "–"
            continue
        share = qd.Share.of(hits[here])
        assert you == share.counted
        assert network == f"{networks[here].sum()} of {share.n}"
    n, right = len(hits), hits.sum()
    assert f"you named {right} of {n}, the network {networks.sum()} of the" in game.text("sum")


def test_only_test_drawings_of_the_sample_are_shown(given, drawings):
    training, validation, test = drawings.split()
    assert given["names"] == list(test.categories)
    assert [one["label"] for one in given["drawings"]] == test.labels.tolist()
    shown = [base64.b64decode(one["pixels"]) for one in given["drawings"]]
    assert shown == [one.tobytes() for one in test.pixels]
    learned = {one.tobytes() for part in (training, validation) for one in part.pixels}
    assert not learned & set(shown)


def test_what_the_page_is_given_is_small(given):
    assert (SITE / "_static/data/contest.js").stat().st_size <= 300_000


def test_the_networks_curve_is_its_share_of_these_drawings_at_each_level(game, given, shipped):
    labels = np.array([one["label"] for one in given["drawings"]])
    named = np.array([one["shares"] for one in given["drawings"]]).argmax(axis=2)
    for i, (level, *_, whole) in enumerate(game.table()):
        assert float(level) == given["levels"][i]
        share = qd.Share.of(named[:, i] == labels)
        assert whole == str(share)
        told = given["curve"][i]
        assert (told["right"], told["n"]) == (share.right, share.n)
        np.testing.assert_allclose([told["low"], told["high"]], [share.low, share.high])
    # Other noise of the same kind is named as well.
    images = qd.load(list(shipped.categories), source="sample").split()[2].images
    for i, level in enumerate(given["levels"]):
        _, probabilities = shipped(qd.gaussian(images, level, seed=3))
        usual = qd.Share.of(probabilities.argmax(axis=1) == labels)
        assert given["curve"][i]["low"] < usual.high
        assert usual.low < given["curve"][i]["high"]


def test_the_network_is_given_the_very_pixels_that_the_reader_sees(game, shipped):
    for _ in range(PER_ROUND):
        noisy = game.pixels()
        game.page.keyboard.press("1")
        _, (expected,) = shipped(noisy)
        # A screen shows 256 grey levels, the network saw more.
        np.testing.assert_allclose(game.shares(), expected, atol=0.03)
        best = shipped.categories[int(expected.argmax())]
        if np.sort(expected)[-2] < 0.4:  # none that a grey level decides
            assert f"The network said {best} with" in game.text("answer")
        game.page.keyboard.press("Enter")


def test_a_round_is_played_by_the_keyboard(game):
    levels, hits, networks = game.play(any_answers())
    assert sorted(levels) == sorted(4 * [0.5, 1, 1.25, 1.5, 2])
    agrees(game, levels, hits, networks)
    assert game.page.locator(".ag-mine").count() == 5
    assert game.page.locator("#ag-picks button:visible").count() == PER_ROUND
    assert game.page.evaluate("document.activeElement.id") == "ag-again"
    game.page.keyboard.press("Enter")
    assert game.text("title").startswith("Round 2, drawing 1 of 20")
    more = game.play(any_answers())
    agrees(
        game, *(np.concatenate(both) for both in zip((levels, hits, networks), more, strict=True))
    )


def test_no_drawing_comes_twice_in_two_rounds(game):
    seen = set()
    for _ in range(2):
        for _ in range(PER_ROUND):
            game.page.keyboard.press("1")
            seen.add(game.pixels("clean").tobytes())
            if game.page.locator("#ag-next").is_visible():
                game.page.keyboard.press("Enter")
        game.press("Again, with new drawings")
    assert len(seen) == 2 * PER_ROUND


def test_drawings_are_named_by_the_mouse_then_looked_at_again(game):
    for _ in range(3):
        game.press("2 cat")
        assert not game.page.locator(".ag-row button").first.is_enabled()
        game.press("Next drawing")
    assert game.text("title").startswith("Round 1, drawing 4 of 20")
    game.page.locator("#ag-picks button").nth(1).click()
    assert game.text("title").startswith("Round 1, drawing 2 of 20")
    assert "You said cat" in game.text("answer")
    game.page.keyboard.press("3")
    assert "You said cat" in game.text("answer")


def test_a_finger_names_a_drawing_on_a_phone(browser, origins):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origins['file']}/book/against.html")
    page.wait_for_selector(".explorable[data-state=ready]")
    page.get_by_role("button", name="3 fish").tap()
    page.get_by_role("button", name="Next drawing").tap()
    assert page.locator("#ag-title").inner_text().startswith("Round 1, drawing 2 of 20")
    context.close()


def test_nothing_of_the_drawing_is_told_before_it_is_named(game):
    assert not game.pixels("clean").any()
    assert not game.page.locator(".ag-bar").first.is_visible()
    assert game.page.locator(".ag-right").count() == 0
    assert game.page.locator("#ag-picks button:visible").count() == 0
    game.page.keyboard.press("1")
    assert game.pixels("clean").any()
    name = game.page.locator(".ag-row button").nth(game.right() - 1).inner_text().split()[1]
    assert f"It is: {name}." in game.text("answer")
    assert game.page.locator("#ag-clean").get_attribute("aria-label").endswith(name)


def test_digits_typed_elsewhere_name_nothing(game):
    game.page.evaluate("document.querySelector('article h1 a, nav a').focus()")
    game.page.keyboard.press("1")
    game.page.locator("body").press("Control+1")
    assert not game.page.locator(".ag-bar").first.is_visible()
    game.page.get_by_text("Embed this").click()
    game.page.locator(".ex-embed textarea").press("1")
    assert not game.page.locator(".ag-bar").first.is_visible()


def test_a_visit_goes_on_where_the_last_one_stopped(browser, origins):
    with Game(browser, origins["http"]) as game:
        first = game.play([1, 2, 3])
        game.rest()
        game.page.reload()
        game.page.wait_for_selector(".explorable[data-state=ready]")
        assert game.text("title").startswith("Round 1, drawing 4 of 20")
        game.page.goto(f"{origins['http']}/book/softmax.html")
        game.page.goto(f"{origins['http']}/book/against.html")
        game.page.wait_for_selector(".explorable[data-state=ready]")
        assert game.text("title").startswith("Round 1, drawing 4 of 20")
        rest = game.play(any_answers()[3:])
        whole = [np.concatenate(both) for both in zip(first, rest, strict=True)]
        agrees(game, *whole)
        game.page.goto(f"{origins['http']}/book/softmax.html")
        game.page.goto(f"{origins['http']}/book/against.html")
        game.page.wait_for_selector(".explorable[data-state=ready]")
        assert game.text("title").startswith("Round 2, drawing 1 of 20")
        agrees(game, *whole)


def test_without_storage_rounds_add_up_as_long_as_the_page_is_open(browser, origins):
    with Game(browser, origins["http"], script=NO_STORAGE) as game:
        first = game.play(any_answers())
        game.press("Again, with new drawings")
        assert game.text("title").startswith("Round 2, drawing 1 of 20")
        second = game.play([5, 4])
        agrees(game, *(np.concatenate(both) for both in zip(first, second, strict=True)))


def test_torn_storage_is_as_good_as_none(browser, origins):
    torn = 'localStorage.setItem(\'noisy-quick-draw/against/STAMP\', \'{"1":"9999","x":[\')'
    with Game(browser, origins["http"]) as game:
        game.play([1])
        (key,) = game.page.evaluate(KEPT)
    script = torn.replace("noisy-quick-draw/against/STAMP", key)
    with Game(browser, origins["http"], script=script) as game:
        assert game.text("title").startswith("Round 1, drawing 1 of 20")
        assert not game.complaints


def test_the_page_words_counts_with_their_intervals_as_python_does(ask):
    shares = [
        (0, 1),
        (1, 1),
        (8, 10),
        (20, 20),
        (186, 200),
        (7, 1000),
        (99_950, 100_000),
        (0, 10**6),
    ]
    said = ask("({ wilson }, all) => all.map((one) => wilson.counted(...one))", shares)
    assert said == [qd.Share(*one).counted for one in shares]
    assert said[2] == "8 of 10 (49%–94%)"


def test_a_round_that_is_not_kept_says_so_from_the_first_answer_on(browser, origins):
    with Game(browser, origins["http"], "#round=2&drawing=4&answers=123") as game:
        note = "The first three answers came with the page’s address, so this round is not kept."
        assert game.text("note") == note
        game.play(any_answers()[3:])
        assert "drawing 20 of 20" in game.text("title")
        assert game.text("note") == note
        assert game.page.evaluate(KEPT) == []
        game.press("Again, with new drawings")
        assert game.text("note") == ""
        game.play([1])
        assert game.text("note") == ""
    with Game(browser, origins["http"], "#round=2&answers=1") as game:
        assert game.text("note").startswith("The first answer came with the page’s address")


def test_what_one_tab_forgets_no_other_brings_back(browser, origins):
    with Game(browser, origins["http"]) as game:
        game.play([1, 2])
        other = game.page.context.new_page()
        other.goto(f"{origins['http']}/book/against.html")
        other.wait_for_selector(".explorable[data-state=ready]")
        other.keyboard.press("3")
        expect(game.page.locator("#ag-sum")).to_contain_text("of 3, the network")
        assert "what you named first counts" in game.text("note")
        other.locator("#ag-reset").click()
        other.locator("#ag-reset").click()
        expect(game.page.locator("#ag-sum")).to_contain_text("Name a drawing")
        other.close()
    with Game(browser, origins["http"]) as game:
        game.play([1, 2])
        other = game.page.context.new_page()
        other.goto(f"{origins['http']}/book/against.html")
        other.wait_for_selector(".explorable[data-state=ready]")
        other.locator("#ag-reset").click()
        other.locator("#ag-reset").click()
        # Who was in the middle of a round begins it anew: its answers are forgotten, too.
        expect(game.page.locator("#ag-title")).to_contain_text("Round 1, drawing 1 of 20")
        assert game.said() == "All rounds are forgotten."
        game.page.keyboard.press("4")
        (key,) = game.page.evaluate(KEPT)
        assert json.loads(game.page.evaluate("(key) => localStorage.getItem(key)", key)) == {
            "1": "4"
        }
        other.close()


def test_the_last_drawing_of_a_round_is_reached_without_losing_the_focus(browser, origins):
    with Game(browser, origins["http"], f"#round=3&drawing=19&answers={'1' * PER_ROUND}") as game:
        game.press("Next drawing")
        assert game.page.evaluate("document.activeElement.id") == "ag-again"
        game.page.locator("#ag-picks button").nth(4).click()
        game.page.locator("#ag-picks button").nth(19).click()
        assert game.page.evaluate("document.activeElement.matches('#ag-picks button')")


def test_only_what_was_named_first_counts(game):
    first = game.play([1, 2, 3])
    game.ask("() => { location.hash = 'round=1&drawing=1&answers='; }")
    game.page.wait_for_function("document.querySelector('#ag-title').innerText.includes('g 1 of')")
    assert "what you named first counts" in game.text("note")
    game.page.keyboard.press("5")
    agrees(game, *first)


def test_anothers_answers_are_shown_yet_never_kept(browser, origins):
    with Game(browser, origins["http"], f"#round=3&answers={'1' * PER_ROUND}") as game:
        assert "came with the page’s address" in game.text("note")
        assert "of 20, the network" in game.text("sum")
        assert game.page.evaluate(KEPT) == []
        game.press("Again, with new drawings")
        agrees(game, *game.play([2, 3]))


def test_the_link_to_a_round_holds_no_answers(browser, origins):
    with Game(browser, origins["http"], "#round=4") as game:
        game.play([1, 2])
        game.page.evaluate(
            """navigator.clipboard.writeText = (text) => {
              window.copied = text; return Promise.resolve(); }"""
        )
        game.press("Copy link to this round")
        assert "without your answers" in game.said()
        link = game.page.evaluate("window.copied")
    with Game(browser, origins["http"], f"#{link.partition('#')[2]}") as other:
        assert other.text("title").startswith("Round 4, drawing 1 of 20")
        assert not other.page.locator(".ag-bar").first.is_visible()


def test_all_is_forgotten_once_the_reader_is_sure(browser, origins):
    with Game(browser, origins["http"]) as game:
        game.play([1, 2])
        game.press("Forget all my rounds")
        assert len(game.page.evaluate(KEPT)) == 1
        game.press("Really forget them all?")
        assert game.page.evaluate(KEPT) == []
        assert game.text("title").startswith("Round 1, drawing 1 of 20")
        assert all(you == "–" for _, you, *_ in game.table())


def test_the_playground_says_the_same_of_the_same_drawing(browser, origins, game, shipped):
    game.page.keyboard.press("1")
    noisy = game.pixels()
    link = game.page.get_by_role("link", name="See it in the playground").get_attribute("href")
    with Visit(browser, origins["file"], f"book/{link}") as visit:
        visit.page.wait_for_selector(".explorable[data-state=ready]")
        np.testing.assert_array_equal(pixels_of(visit.page.locator("#pg-noisy")), noisy)
        assert visit.page.locator(".explorable .ex-message").inner_text() == ""
        assert not visit.complaints


def test_how_both_named_it_is_spoken(game):
    game.page.keyboard.press("1")
    game.rest()
    assert game.page.locator("#ag-spoken").text_content() in game.text("answer")
    game.page.keyboard.press("Enter")
    game.rest()
    assert "Drawing 2 of 20" in game.page.locator("#ag-spoken").text_content()
