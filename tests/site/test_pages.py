"""The pages: whole, linked, escaped, in step with the database."""

import re
import shutil
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import settings
from pipeline.site import department, query
from pipeline.site.build import SiteError, build_site
from pipeline.site.text import strings
from pipeline.warehouse.database import DatabaseError, read_published
from tests.site.conftest import (
    DEPARTMENT,
    EARLIER,
    EVIL,
    GOOD,
    HELD_BACK,
    HOSTILE,
    LATER,
    LINK,
    LOCKED,
    RELEASED,
    Site,
)
from tests.stages.files import data_dir

__all__ = ["data_dir"]

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """What a page links to, its ids, and whether its elements are closed as they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[dict[str, int]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.attributes.append((tag, given))
        assert len(given) == len(attrs), f"{tag} has an attribute twice"
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        elif tag in ("script", "img", "link"):
            self.resources.extend(str(given[name]) for name in ("src", "href") if given.get(name))
        if tag == "table":
            self.tables.append({"caption": 0, "bare": 0})
        if tag == "caption":
            self.tables[-1]["caption"] += 1
        if tag == "th" and "scope" not in given:
            self.tables[-1]["bare"] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, Page]:
    return {
        str(path.relative_to(site.folder)): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.folder.rglob("*.html"))
    }


def test_there_is_a_page_for_each_report_and_department(site: Site, pages: dict[str, Page]) -> None:
    reports = {f"reports/{r.key}.html" for r in (GOOD, EARLIER, LATER, HELD_BACK, RELEASED, EVIL, LOCKED)}
    assert {name for name in pages if name.startswith("reports/")} == reports
    assert sum(name.startswith("departments/") for name in pages) == 4
    assert {name for name in pages if "/" not in name} == {
        "index.html",
        "departments.html",
        "reports.html",
        "checks.html",
    }
    assert (site.summary.written, site.summary.unchanged, site.summary.removed) == (15, 0, 0)


def test_every_link_leads_to_a_file_and_a_place_in_it(site: Site, pages: dict[str, Page]) -> None:
    followed = 0
    for name, page in pages.items():
        for link in [*page.links, *page.resources]:
            parts = urlsplit(link)
            if link in (LINK, "data:,"):
                continue
            assert parts.scheme == "", f"{name}: {link}"
            assert parts.netloc == "", f"{name}: {link}"
            target = (site.folder / name).parent / unquote(parts.path) if parts.path else site.folder / name
            assert target.is_file(), f"{name}: {link}"
            if parts.fragment:
                there = pages[str(target.resolve().relative_to(site.folder.resolve()))]
                assert unquote(parts.fragment) in there.ids, f"{name}: {link}"
            followed += 1
    assert followed > 150


def test_nothing_is_taken_from_elsewhere(site: Site, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert all(not urlsplit(one).netloc for one in page.resources), name
    style = (site.folder / "assets" / "site.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_ids_are_unique_and_tables_have_caption_and_scopes(pages: dict[str, Page]) -> None:
    tables = 0
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for table in page.tables:
            assert table == {"caption": 1, "bare": 0}, name
            tables += 1
        assert {tag for tag, _ in page.attributes} >= {"main", "nav", "header", "footer", "h1"}, name
    assert tables > 30


def test_every_word_that_switches_is_a_string(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for _, given in page.attributes:
            for attribute, key in given.items():
                if attribute.startswith("data-t"):
                    assert key in strings(), f"{name}: {attribute}={key}"


def test_hostile_text_is_text(site: Site, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        text = site.text(name)
        assert "<script>alert" not in text, name
        assert "<img src=x" not in text, name
        assert "javascript:" not in " ".join(page.links), name
    evil = site.report(EVIL)
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;局" in evil
    assert "&lt;/td&gt;&lt;b&gt;行政运行&lt;/b&gt;" in evil
    assert "<code>javascript:alert(1)</code>" in evil


def test_a_report_shows_its_forms_as_printed(site: Site) -> None:
    text = site.report(GOOD)
    head, body = text.split('<h3 id="F03">')[1].split("<tbody", 1)
    assert re.findall(r'data-en="[^"]*">([^<]*)</span></th>', head) == [
        "本年支出合计",
        "基本支出",
        "项目支出",
    ]
    rows = [
        re.findall(r"<(?:td|th)[^>]*>(.*?)</(?:td|th)>", row)
        for row in body.split("</tbody>")[0].split("<tr>")[1:]
    ]
    # Each amount of the example stands in a row of its own.
    assert rows[0] == ["", "合计", "1034.56", "", ""]
    assert ["2010301", "行政运行", "800.00", "", ""] in rows


def test_a_report_tells_verdict_source_and_what_does_not_hold(site: Site) -> None:
    assert f'href="{LINK}"' in site.report(GOOD)
    held = site.report(HELD_BACK)
    assert 'class="chip verdict-quarantined"' in held
    assert "quarantined: F03-ROW" in held
    findings = held.split('id="findings"')[1].split('id="forms"')[0]
    assert "<code>F03-ROW</code>" in findings
    assert 'class="n">10,345,600.00</td>' in findings
    assert strings()["report.picture_no_file"][0] in findings
    assert '<td id="c13" class="n broken">1034.56<span class="hidden">' in held
    assert strings()["report.findings_none"][0] in site.report(GOOD)


def test_a_waived_report_names_who_released_it_and_why(site: Site) -> None:
    text = site.report(RELEASED)
    assert "原件如此" in text
    assert "李四" in text
    assert strings()["waiver.applied"][0] in text


def test_versions_lead_to_each_other_and_the_change_is_listed(site: Site) -> None:
    assert f'href="{LATER.key}.html"' in site.report(GOOD)
    text = site.report(LATER)
    assert f'href="{GOOD.key}.html"' in text
    changes = text.split('data-t="report.changes"')[1].split("</details>")[0]
    assert re.findall(r'<td class="n">([^<]*)</td>', changes) == ["3.25", "3.24"]


def test_an_unreadable_file_says_what_to_do(site: Site) -> None:
    text = site.report(LOCKED)
    assert "remove the password" in text
    assert "<code>encrypted</code>" in text


def test_a_department_shows_its_years_side_by_side(site: Site) -> None:
    name = next(
        path for path in (site.folder / "departments").iterdir() if f">{DEPARTMENT}</h1>" in path.read_text()
    )
    text = name.read_text(encoding="utf-8")
    table = text.split('data-t="department.basic_project"', 1)[1].split("</table>")[0]
    assert re.findall(r"html\">(\d{4})</a>", table) == ["2022", "2023"]
    assert re.findall(r'<td class="n">([^<]*)</td>', table) == [
        "8,000,000.00",
        "8,000,000.00",
        "2,345,600.00",
        "2,345,600.00",
    ]
    three_public = text.split('data-t="department.three_public"', 1)[1].split("</table>")[0]
    assert "32,400.00" in three_public
    assert "32,500.00" in three_public


def test_totals_count_accepted_current_reports_only(site: Site) -> None:
    totals = site.text("index.html").split('id="totals"')[1].split("</table>")[0]
    rows = [re.findall(r">([^<>]+)</(?:td|th)>", row) for row in totals.split("<tr>")[2:]]
    # GOOD was replaced by LATER; LATER, RELEASED and EVIL make 2023: 2 x 10,345,600 + 10,000.
    assert [row[0] for row in rows] == ["2023", "2022"]
    assert "20,701,200.00" in rows[0]
    assert "10,345,600.00" in rows[1]
    # EVIL states no income.
    assert '20,691,200.00 <span class="of">(2)</span>' in totals


def test_coverage_counts_what_is_accepted_and_what_was_read(site: Site) -> None:
    coverage = site.text("index.html").split('id="coverage-table"')[1].split("</table>")[0]
    cells = re.findall(r'<td class="n[^"]*">(\d+)<span class="of">/(\d+)</span>', coverage)
    # 310107 in 2022, in 2023, in all; then what names no place
    assert cells == [("1", "1"), ("2", "2"), ("3", "3"), ("2", "3"), ("2", "3")]


def test_building_again_writes_nothing(site: Site, data_dir: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.folder.rglob("*") if path.is_file()}
    again = build_site(site.folder, site.database)
    assert (again.written, again.unchanged, again.removed, again.pictures) == (0, 15, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in site.folder.rglob("*") if path.is_file()} == before


def test_pages_follow_the_database(site: Site, data_dir: Path, tmp_path: Path) -> None:
    folder, database = tmp_path / "out", tmp_path / "other.duckdb"
    shutil.copytree(site.folder, folder)
    shutil.copyfile(site.database, database)
    with duckdb.connect(database) as con:
        for table in ("audit.report", "audit.form", "audit.reported_amount"):
            con.execute(f"delete from {table} where report_key = $1", [EVIL.key])
        con.execute(
            "update audit.reported_amount set cell_text = '3.33' where report_key = $1 and cell_no = 39",
            [EARLIER.key],
        )
    (folder / "reports" / ".new.left").write_text("half a page", encoding="utf-8")
    (folder / "reports" / "mine.html").write_text("not of the site", encoding="utf-8")
    done = build_site(folder, database)
    # The page of EVIL and that of its department are gone; what is not ours stays.
    assert done.removed == 2
    assert not (folder / "reports" / f"{EVIL.key}.html").exists()
    assert not (folder / "reports" / ".new.left").exists()
    assert (folder / "reports" / "mine.html").exists()
    assert ">3.33</td>" in (folder / "reports" / f"{EARLIER.key}.html").read_text(encoding="utf-8")
    assert (folder / "reports" / f"{GOOD.key}.html").read_bytes() == site.report(GOOD).encode()


def test_a_folder_that_holds_something_else_is_left_alone(site: Site, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SiteError, match=r"letter.txt"):
        build_site(tmp_path, site.database)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(SiteError, match="is a file"):
        build_site(tmp_path / "letter.txt", site.database)


def test_without_a_database_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="fiscal ingest"):
        build_site(tmp_path / "out", tmp_path / "none.duckdb")
    assert not (tmp_path / "out").exists()


def test_the_command_builds_the_site_and_says_where_it_is(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCAL_DATA_DIR", str(site.database.parent.parent))
    settings.cache_clear()
    done = CliRunner().invoke(app, ["site", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "7 reports of 4 departments: 15 pages written, 0 unchanged" in done.stdout
    assert f"Open {tmp_path / 'out' / 'index.html'}" in done.stdout
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, ["site", str(tmp_path)]).exit_code == 1
    settings.cache_clear()


def test_charts_hold_exact_text_beside_their_coordinates(site: Site) -> None:
    with read_published(site.database) as con:
        reports = [r for r in query.reports(con) if r.department_name == DEPARTMENT]
        key = str(reports[0].department_key)
        [found] = department.facts(con, [key], {key: reports})
    [scope] = department.context(found)["scopes"]
    chart = scope.tables[0].chart["en"]
    assert chart["data"]["values"][0] == {
        "place": "2022",
        "series": "Income",
        "order": 0,
        "at": 1034.56,
        "exact": "10,345,600.00 yuan",
    }
    assert {row["expenditure_yuan"] for row in found.totals} == {Decimal("10345600.00")}
    assert HOSTILE not in str(chart)
