"""Promises of the guided tour: it can be taken to its end, each card is done by its act alone."""

from __future__ import annotations

import base64
import json
import re

import pytest
from browsing import AXE, CONTRASTS, LEAST_CONTRAST, NO_STORAGE, PHONE, Visit, assert_fits

PAGE = "book/playground.html"
INSIDE = "book/look-inside.html"
KEPT = "localStorage.getItem('noisy-quick-draw/tour')"
FINGER = 44
MINUS = "\N{MINUS SIGN}"


class Taken(Visit):
    """A tour as it is taken."""

    def __init__(self, browser, origin, name=PAGE, script=None):
        self.script = script
        super().__init__(browser, origin, name)
        self.ready()

    def prepare(self):
        if self.script:
            self.page.add_init_script(self.script)

    def ready(self):
        self.page.wait_for_selector(".explorable[data-state=ready]")

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    @property
    def place(self):
        return int(re.match(r"Card (\d+) of 12", self.page.locator(".tour").inner_text())[1])

    @property
    def is_done(self):
        return self.page.locator(".tour .tour-next").is_visible()

    def said(self):
        return self.page.locator(".tour-tell").inner_text()

    def done(self):
        self.page.locator(".tour .tour-next").wait_for()
        assert self.said().startswith("✓")
        # What has changed is marked, where a reader sees it.
        self.page.wait_for_selector(".tour-see")
        return self.said()

    def next(self):
        place = self.place
        self.page.locator(".tour .tour-next").click()
        self.page.wait_for_function(
            f"document.querySelector('.tour')?.innerText.startsWith('Card {place + 1} ')"
        )
        self.ready()
        assert not self.is_done
        # Where it is to be done is marked.
        self.page.wait_for_selector(".tour-where")

    def stroke(self, surface="#pg-surface", start=40):
        self.page.locator(surface).scroll_into_view_if_needed()
        box = self.page.locator(surface).bounding_box()
        self.page.mouse.move(box["x"] + start, box["y"] + box["height"] - start)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 150, box["y"] + box["height"] - 90, steps=5)
        self.page.mouse.up()

    def not_by(self, act):
        """Do something else: the card stays as it is."""
        act()
        self.page.wait_for_timeout(300)
        assert not self.is_done


def test_a_first_time_reader_takes_it_to_its_end_each_card_done_by_its_act_alone(browser, origins):
    with Taken(browser, origins["file"]) as tour:
        page = tour.page
        level = page.locator("#pg-level")
        pick = page.get_by_role("button", name="cat, drawing 3")
        tour.press("Take the guided tour")
        assert tour.place == 1
        assert page.evaluate("document.activeElement.closest('.tour') !== null")
        tour.not_by(lambda: pick.click())
        tour.not_by(lambda: level.fill("0.8"))
        tour.stroke()
        assert "28 × 28" in tour.done()

        tour.next()
        tour.not_by(lambda: tour.stroke(start=60))
        tour.not_by(lambda: page.get_by_role("button", name="cup, drawing 3").click())
        pick.click()
        assert "named cat" in tour.done()

        tour.next()
        tour.not_by(lambda: level.fill("0.95"))
        tour.not_by(lambda: tour.press("New noise"))
        level.fill("1.2")
        assert "Without denoising" in tour.done()

        tour.next()
        tour.not_by(lambda: level.fill("1.1"))
        tour.press("New noise")
        tour.done()

        tour.next()
        tour.not_by(lambda: page.locator("#pg-kind").select_option("speckle"))
        page.locator("#pg-kind").select_option("salt_and_pepper")
        assert "Gaussian" in tour.done()

        tour.next()
        tour.not_by(lambda: tour.press("New noise"))
        page.locator("#pg-all").click()
        assert "345 names" in tour.done()

        tour.next()
        assert page.url.split("#")[0].endswith(INSIDE)
        # The drawing has come along.
        assert page.locator("#li-picks [aria-pressed=true]").get_attribute("title") == "cat"
        tour.not_by(lambda: page.locator("#li-level").fill("0.6"))
        tour.not_by(lambda: page.locator(".li-mapbox").nth(2).click())
        page.locator(".li-layer").nth(4).click()
        assert "These are the maps of" in tour.done()

        tour.next()
        tour.not_by(lambda: page.locator(".li-layer").nth(5).click())
        page.locator("#li-map").click(position={"x": 20, "y": 30})
        assert "pink frame" in tour.done()

        tour.next()
        tour.not_by(
            lambda: page.locator(".li-joins label", has_text=re.compile("^block 1$")).click()
        )
        page.locator(".li-skip").click()
        now, whole = re.search(
            rf"has ([\d.{MINUS}]+) dB now, and ([\d.]+) dB", tour.done()
        ).groups()
        assert float(now.replace(MINUS, "-")) < float(whole) - 3

        tour.next()
        tour.not_by(lambda: page.locator(".li-skip").click())
        tour.press("Switch everything on")
        assert f"{whole} dB again" in tour.done()

        tour.next()
        tour.not_by(lambda: page.locator("input[value=bottleneck]").check())
        page.locator("input[value=autoencoder]").check()
        assert "dB on this drawing" in tour.done()

        tour.next()
        tour.not_by(lambda: page.locator("#li-patch").select_option("14"))
        named = page.locator("#li-names").inner_text().split(",")[0].removeprefix("Named ")
        tour.not_by(lambda: page.locator("#li-why").select_option(named))
        page.locator("#li-why").select_option("fish")
        assert "speaks for fish" in tour.done()

        page.get_by_role("link", name="Finish").click()
        assert "That was the tour" in page.locator(".tour-offer").inner_text()
        assert page.locator(".tour").is_hidden()
        assert page.evaluate(KEPT) is None
        assert not tour.complaints
        assert not tour.outside


def test_it_is_left_and_resumed_on_either_page(browser, origins):
    with Taken(browser, origins["http"]) as tour:
        page = tour.page
        tour.press("Take the guided tour")
        tour.press("Skip")
        assert tour.place == 2
        page.reload()
        tour.ready()
        assert tour.place == 2
        tour.press("Leave the tour")
        assert page.locator(".tour").is_hidden()
        page.reload()
        tour.ready()
        assert page.locator(".tour").is_hidden()
        # The other page knows of it, and leads back.
        page.goto(f"{origins['http']}/{INSIDE}")
        tour.ready()
        page.get_by_role("link", name="Go on with the tour: card 2 of 12").click()
        page.wait_for_selector(".tour:not([hidden])")
        tour.ready()
        assert page.url.split("#")[0].endswith(PAGE)
        assert tour.place == 2
        page.get_by_role("button", name="cat, drawing 3").click()
        tour.done()
        tour.press("Leave the tour")
        tour.press("Forget it")
        assert page.evaluate(KEPT) is None
        assert page.get_by_role("button", name="Take the guided tour").is_visible()
        # What another program has left there is no tour.
        page.evaluate("localStorage.setItem('noisy-quick-draw/tour', 'on 99')")
        page.reload()
        tour.ready()
        assert page.get_by_role("button", name="Take the guided tour").is_visible()


def test_who_forgets_it_stands_where_it_can_be_taken_or_on_the_page(browser, origins):
    left = "localStorage.setItem('noisy-quick-draw/tour', 'left 2')"
    for name, focused in ((PAGE, ".tour-offer button"), (INSIDE, ".explorable")):
        with Taken(browser, origins["http"], name, left) as tour:
            tour.press("Forget it")
            assert tour.page.evaluate("(one) => document.activeElement.matches(one)", focused)
            assert tour.page.locator(".tour-offer").is_visible() == (name == PAGE)


def test_a_drawing_too_long_for_an_address_comes_along_as_its_picture(browser, origins):
    with Taken(browser, origins["http"], f"{PAGE}#tour=6") as tour:
        page = tour.page
        strokes = [
            [[40 * i + 60 * (j % 2), 60 * j + 7 * i] for j in range(50)] for i in range(80)
        ] * 3
        page.evaluate(
            "(strokes) => noisyPlayground.page.pad.set({ type: 'strokes', strokes })", strokes
        )
        page.wait_for_selector("#pg-results[aria-busy=false]", state="attached")
        pixels = page.evaluate("[...noisyPlayground.page.pad.pixels()]")
        page.locator("#pg-all").click()
        tour.done()
        tour.next()
        assert page.url.split("#")[0].endswith(INSIDE)
        assert page.locator(".explorable .ex-message").inner_text() == ""
        page.wait_for_timeout(1000)
        asked = page.url.partition("image=")[2].partition("&")[0]
        text = asked.replace("-", "+").replace("_", "/")
        assert list(base64.b64decode(text + "=" * (-len(text) % 4))) == pixels
        assert not tour.complaints


def test_without_storage_it_leads_from_page_to_page_by_the_address(browser, origins):
    with Taken(browser, origins["file"], f"{PAGE}#tour=6", NO_STORAGE) as tour:
        assert tour.place == 6
        tour.page.locator("#pg-all").click()
        tour.done()
        tour.next()
        assert tour.place == 7
        assert "tour=" not in tour.page.url
        tour.press("Back")
        tour.page.wait_for_function(
            "document.querySelector('.tour')?.innerText.startsWith('Card 6')"
        )


def test_the_first_page_leads_to_it(browser, origins):
    with Visit(browser, origins["file"], "index.html") as visit:
        visit.page.get_by_role("link", name="guided tour").click()
        visit.page.wait_for_selector(".tour:not([hidden])")
        assert visit.page.url.endswith(f"{PAGE}#tour=1")


def test_what_is_so_already_is_said_and_done_by_doing_it_again(browser, origins):
    with Taken(browser, origins["file"], f"{PAGE}#level=1.5") as tour:
        tour.press("Take the guided tour")
        tour.press("Skip")
        tour.press("Skip")
        assert tour.place == 3
        assert "It is so already" in tour.page.locator(".tour").inner_text()
        level = tour.page.locator("#pg-level")
        tour.not_by(lambda: level.fill("1.2"))
        tour.not_by(lambda: level.fill("0.5"))
        assert "It is so already" not in tour.page.locator(".tour").inner_text()
        level.fill("1")
        tour.done()


def test_the_keyboard_alone_takes_a_card_and_the_next(browser, origins):
    with Taken(browser, origins["file"]) as tour:
        page = tour.page
        page.get_by_role("button", name="Take the guided tour").focus()
        page.keyboard.press("Enter")
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "pg-surface":
                break
        for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown", "Space"):
            page.keyboard.press(key)
        tour.done()
        assert page.locator(".tour-tell").get_attribute("role") == "status"
        for _ in range(30):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.classList.contains('tour-next')"):
                break
        page.keyboard.press("Enter")
        assert tour.place == 2


#: What is asked for has not moved for so many frames: the page has scrolled to its end.
AT_REST = """() => {
  const { y } = document.querySelector('.tour-where').getBoundingClientRect();
  window.still = window.lastY === y ? window.still + 1 : 0;
  window.lastY = y;
  return window.still > 20;
}"""


def test_on_a_phone_the_card_fits_and_leaves_what_it_asks_for_in_view(browser, origins):
    with Taken(browser, origins["file"], f"{PAGE}#tour=1") as tour:
        page = tour.page
        page.set_viewport_size(PHONE)
        for place in range(1, 7):
            assert tour.place == place
            tour.press("Show me where")
            page.wait_for_timeout(300)
            page.wait_for_function(AT_REST)
            card = page.locator(".tour").bounding_box()
            target = page.locator(".tour-where").bounding_box()
            assert card["x"] >= 0
            assert card["x"] + card["width"] <= PHONE["width"]
            # At least a finger's breadth of it shows below the card.
            assert target["y"] + target["height"] >= card["y"] + card["height"] + FINGER - 10
            assert target["y"] <= PHONE["height"] - FINGER
            assert_fits(page)
            small = page.locator(".tour :is(button, a)").evaluate_all(
                f"""(all) => all.filter((one) => one.checkVisibility()
                  && one.getBoundingClientRect().height < {FINGER}).map((one) => one.innerText)"""
            )
            assert not small
            if place < 6:
                tour.press("Skip")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_card_and_it_is_legible(browser, origins, scheme):
    with Taken(browser, origins["file"], f"{PAGE}#tour=2") as tour:
        page = tour.page
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        page.add_script_tag(path=AXE)
        for act in (None, lambda: page.get_by_role("button", name="cat, drawing 3").click()):
            if act:
                act()
                tour.done()
            found = page.evaluate(
                "axe.run('.tour', { preload: false }).then(({ violations }) => violations)"
            )
            serious = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
            assert not serious, json.dumps(serious, indent=1)
            assert not [text for text, seen in page.evaluate(CONTRASTS) if seen < LEAST_CONTRAST]


def test_an_embedded_playground_offers_no_tour(browser, origins):
    with Taken(browser, origins["file"], f"{PAGE}?embed#tour=1") as tour:
        assert not tour.page.locator(".tour").count()
        assert not tour.page.locator(".tour-offer").count()
