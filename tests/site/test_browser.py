"""The site in a real browser, from files, without a network."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.conftest import FLAGS, GOOD, HELD_BACK, HOSTILE, Site, chromium

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="no Chromium or Chrome is installed: the pages cannot be tried in a browser"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Return a page of a fresh profile; at the end it must have asked the network for nothing."""
    context = browser.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on(
        "request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or told.append(asked.url)
    )
    page.on("requestfailed", lambda asked: told.append(f"failed: {asked.url}"))
    page.on("dialog", lambda dialog: (told.append("a dialog"), dialog.dismiss()))
    yield page
    context.close()
    assert told == []


def test_the_language_switches_and_is_remembered(page: Any, site: Site) -> None:
    page.goto((site.folder / "index.html").as_uri())
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1").inner_text() == "部门决算数据仓库"
    page.locator("#language").focus()
    page.keyboard.press("Enter")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "Fiscal warehouse"
    assert page.locator("nav").first.get_attribute("aria-label") == "Main navigation"
    page.goto((site.folder / "reports" / f"{GOOD.key}.html").as_uri())
    assert page.locator("#forms").inner_text() == "The forms"
    assert page.locator("table.printed thead").first.inner_text().split() == [
        "Income",
        "Final",
        "account",
        "Expenditure",
        "Final",
        "account",
    ]
    page.locator("#language").click()
    assert page.locator("#forms").inner_text() == "决算表"


def test_the_list_is_filtered_with_the_keyboard(page: Any, site: Site) -> None:
    page.goto((site.folder / "reports.html").as_uri())
    shown = page.locator("#reports tbody tr:visible")
    assert shown.count() == 7
    # The first stop of the keyboard is the way past the navigation.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("input[name=q]").focus()
    page.keyboard.type("其他局")
    assert shown.count() == 1
    assert page.locator(".filter output").inner_text() == "1"
    page.keyboard.type(" nothing")
    assert shown.count() == 0
    assert page.locator(".nothing").is_visible()
    page.locator("input[name=q]").fill("")
    page.locator("select[name=verdict]").select_option("unreadable")
    assert shown.count() == 1
    page.goto((site.folder / "reports.html").as_uri() + "?verdict=quarantined")
    assert shown.count() == 1
    assert HELD_BACK.key in str(shown.first.get_attribute("data-key"))


def test_charts_are_drawn_and_have_names(page: Any, site: Site) -> None:
    page.goto((site.folder / "index.html").as_uri())
    chart = page.locator("figure.chart svg")
    chart.first.wait_for()
    assert chart.count() == 1
    assert chart.get_attribute("aria-label").startswith("各年度报告的结论")
    assert page.locator("figure.chart svg path[aria-roledescription=bar]").count() == 4
    assert page.locator("#" + str(page.locator(".plot").get_attribute("aria-describedby"))).count() == 1


def test_hostile_text_does_nothing(page: Any, site: Site) -> None:
    page.goto((site.folder / "departments.html").as_uri())
    page.get_by_text(HOSTILE).click()
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("h1 script").count() == 0


def test_a_link_to_a_cell_leads_there_and_pages_fit_a_phone(page: Any, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto((site.folder / "reports" / f"{HELD_BACK.key}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".findings tbody a[href^='#c']").first.click()
    assert page.locator("td:target").inner_text().startswith("1034.56")
    for folder in ("departments", "."):
        for path in (site.folder / folder).glob("*.html"):
            page.goto(path.as_uri())
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, path.name


def test_a_report_can_be_printed(page: Any, site: Site) -> None:
    page.goto((site.folder / "reports" / f"{GOOD.key}.html").as_uri())
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
