"""Links, names, addresses and waiting: the small rules, each with what it must and must not take."""

import time
from email.utils import formatdate
from urllib.parse import quote

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError

from pipeline.acquire.crawl_log import FoundLink
from pipeline.acquire.links import decode, is_report_page, read_detail, read_list
from pipeline.acquire.names import best_name, extension, name_in_header
from pipeline.acquire.network import is_public, reason_of, retry_after
from pipeline.acquire.sources import Source
from tests.acquire.portal.families import rows_of_a_table

SOURCE = Source(
    key="t", name="t", place="t", lists=[{"url": "https://h.cn/a/index.html"}], reports={"inline": True}
)
PAGE = "https://h.cn/a/index.html"


def found(html: str, **entry: object) -> list[tuple[str, str]]:
    listed = Source.model_validate({**SOURCE.model_dump(), "lists": [{"url": PAGE, **entry}]}).lists[0]
    links = read_list(PAGE, html.encode(), "text/html; charset=utf-8", SOURCE, listed).links
    return [(link.role, link.url) for link in links]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="x.pdf">决算</a>', [("file", "https://h.cn/a/x.pdf")]),
        ('<a href="../b/x.PDF?v=1#page=2">决算</a>', [("file", "https://h.cn/b/x.PDF?v=1")]),
        ('<a href="//cdn.h.cn/x.pdf">决算</a>', [("file", "https://cdn.h.cn/x.pdf")]),
        ('<a href=" /x y.pdf ">决算</a>', [("file", "https://h.cn/x%20y.pdf")]),
        (
            '<a href="d.html" title="某局2022年度部门决算公开">某局2022…</a>',
            [("detail", "https://h.cn/a/d.html")],
        ),
        ('<a onclick="openFile(\'/f/x.doc\')" href="#">决算</a>', [("file", "https://h.cn/f/x.doc")]),
        ('<a href="/web/viewer.html?file=%2Ff%2Fx.pdf">决算</a>', [("file", "https://h.cn/f/x.pdf")]),
        ('<a href="/down?id=7">某局决算.xlsx</a>', [("file", "https://h.cn/down?id=7")]),
        ('<base href="https://o.cn/r/"><a href="x.pdf">决算</a>', [("file", "https://o.cn/r/x.pdf")]),
        ('<a href="mailto:a@b.cn">决算</a><a href="data:text/html,x">决算</a><a>决算</a>', []),
        ('<a href="http://[::1/x.pdf">决算</a><a href="ftp://h.cn/x.pdf">决算</a>', []),
        ('<a href="x.pdf">预算</a><a href="y.pdf">决算软件采购</a>', []),
    ],
)
def test_links_of_a_list(link: str, expected: list[tuple[str, str]]) -> None:
    assert found(link) == expected


def test_only_the_part_named_is_looked_at_and_folders_are_lists() -> None:
    html = '<p class="nav"><a href="n.pdf">决算</a></p><p class="l"><a href="b/">某区部门决算专栏</a></p>'
    assert found(html, within=".none, .l", folders=["专栏"]) == [("list", "https://h.cn/a/b/")]
    # A file is a file, whatever its title has in it.
    assert found('<a href="x.pdf">某区部门决算专栏</a>', folders=["专栏"]) == [
        ("file", "https://h.cn/a/x.pdf")
    ]


@hypothesis.settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_page_breaks_the_reader(body: bytes) -> None:
    read_list(PAGE, body, "text/html", SOURCE, SOURCE.lists[0])
    link = FoundLink(url=PAGE, role="detail", title="决算")
    read_detail(PAGE, body, "text/html; charset=nonsense", SOURCE, link)


@pytest.mark.parametrize(
    ("body", "header", "given_encoding", "expected"),
    [
        ("决算".encode("gb18030"), "text/html; charset=gb2312", None, "gb18030"),
        ('<meta charset="gbk">镕'.encode("gb18030"), "text/html", None, "gb18030"),
        ("决算".encode("gb18030"), "text/html", None, "gb18030"),
        ("决算".encode(), "text/html", None, "utf-8"),
        ("決算".encode("big5"), "text/html", "big5", "big5"),
        # A header that lies: the bytes are no UTF-8.
        ("部门决算公开".encode("gb18030"), "text/html; charset=utf-8", None, "gb18030"),
    ],
)
def test_encodings(body: bytes, header: str, given_encoding: str | None, expected: str) -> None:
    text, encoding = decode(body, header, given_encoding)
    assert encoding == expected
    assert text.encode(expected) == body


def test_a_report_on_a_page_is_told_from_an_error_page() -> None:
    assert is_report_page(f"<h1>部门决算</h1>{rows_of_a_table(5)}", ("决算",))
    assert not is_report_page(f"<h1>部门决算</h1>{rows_of_a_table(4)}", ("决算",))
    assert not is_report_page(f"<h1>预算</h1>{rows_of_a_table(9)}", ("决算",))
    assert not is_report_page("决算页面不存在", ("决算",))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"attachment; filename=a.pdf", "a.pdf"),
        (b'attachment; filename="a; b.pdf"', "a; b.pdf"),
        (b'attachment; FileName="\\"q\\".pdf"', '"q".pdf'),
        ("attachment; filename=决算.pdf".encode(), "决算.pdf"),
        ('attachment; filename="决算.pdf"'.encode("gbk"), "决算.pdf"),
        (f'attachment; filename="{quote("决算.pdf")}"'.encode(), "决算.pdf"),
        (b"attachment; filename=" + quote("决算.pdf".encode("gbk")).encode(), "决算.pdf"),
        (b"attachment; filename=x.pdf; filename*=UTF-8''" + quote("决 算.pdf").encode(), "决 算.pdf"),
        (b"attachment; filename*=GBK''" + quote("决算.pdf".encode("gbk")).encode(), "决算.pdf"),
        (b"attachment; filename*=utf-8'zh-CN'" + quote("决算.pdf").encode(), "决算.pdf"),
        (b"attachment; filename*=" + quote("决算.pdf").encode(), "决算.pdf"),
        (b'attachment; filename="=?UTF-8?B?5Yaz566XLnBkZg==?="', "决算.pdf"),
        (b'attachment; filename="C:\\\\x\\\\a.pdf"', "a.pdf"),
        (b'attachment; filename="../../etc/a.pdf"', "a.pdf"),
        (b"attachment", None),
        (b'inline; filename=""', None),
    ],
)
def test_names_in_headers(header: bytes, expected: str | None) -> None:
    assert name_in_header(header) == expected


@hypothesis.settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_header_breaks_the_reader_of_names(rest: bytes) -> None:
    for form in (b"attachment; filename=", b"attachment; filename*=", b'attachment; filename="'):
        name = name_in_header(form + rest)
        assert name is None or ("/" not in name and "\\" not in name)


def test_the_best_name_is_the_chinese_one_with_an_extension() -> None:
    assert best_name(None, "某局2022年决算", "W0123.pdf", file_type="pdf") == "某局2022年决算.pdf"
    assert best_name("down.pdf", "", "", file_type="pdf") == "down.pdf"
    assert best_name(None, "某局决算", "W1.rar", file_type="archive") == "某局决算.rar"
    assert best_name(file_type="unknown") == "file.bin"
    assert extension("https://h.cn/d.jsp?f=a.PDF", "", {"pdf"}) == "pdf"
    assert extension("https://h.cn/d.jsp", "某局决算（附件.doc）", {"doc"}) == "doc"
    assert extension("https://h.cn/d.html", "决算", {"pdf"}) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("114.114.114.114", True), ("2400:3200::1", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:127.0.0.1", False),
        ("::ffff:114.114.114.114", True), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
        ("name", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_how_long_a_server_asks_to_wait() -> None:
    assert retry_after(b"120") == 120
    assert retry_after(None) is None
    assert retry_after(b"soon") is None
    in_a_minute = retry_after(formatdate(time.time() + 60, usegmt=True).encode())
    assert in_a_minute is not None
    assert 55 < in_a_minute <= 60
    assert retry_after(b"Thu, 01 Jan 1970 00:00:00 GMT") == 0


def test_faults_of_the_network_have_a_word() -> None:
    assert reason_of(CannotResolveHostError("x"), "http://unknown.cn/")[0] == "dns"
    assert reason_of(DownloadTimeoutError("x"), "http://h.cn/")[0] == "timeout"
    assert reason_of(OSError("certificate verify failed"), "https://h.cn/")[0] == "tls"
    assert reason_of(RuntimeError("x"), "http://h.cn/")[0] == "crawler"
