"""How portals are built: each function adds one family of pages and returns its list as a source has it.

Belongs here: pages, links, faults. Does not: serving (`server`). Departments are invented.
"""

import gzip
from typing import Any
from urllib.parse import parse_qs, quote

import msgspec

from tests.acquire.portal.server import Answer, Asked, Portal


def pdf(text: str) -> Answer:
    """Return a file that begins like a PDF and says `text`."""
    return Answer(b"%PDF-1.4\n" + text.encode() + b"\n%%EOF\n", kind="application/pdf")


def page(*parts: str, title: str = "政府信息公开") -> Answer:
    """Return a web page in UTF-8."""
    return Answer(f"<!DOCTYPE html><title>{title}</title><body>{''.join(parts)}</body>".encode())


def rows_of_a_table(count: int) -> str:
    """Return a table of a report with so many rows."""
    rows = "".join(f"<tr><td>项目{number}</td><td>{number}.50</td></tr>" for number in range(1, count + 1))
    return f"<table>{rows}</table>"


def paged(portal: Portal) -> dict[str, Any]:
    """Static lists with numbered pages, pages of reports with relative attachments: 5 reports, 6 files.

    Beside them stand a budget, a notice of purchase and other links, which are not wanted.
    """
    for number in range(5):
        name = f"示例市第{number}局"
        folder = f"/xxgk/bm/{number}"
        files = f'<a href="./P{number}.pdf">附件：{name}2022年度部门决算.pdf</a>'
        if number == 0:
            files += '<a href="/xxgk/bm/P0b.docx">附件2：名词解释</a>'
            portal.routes["/xxgk/bm/P0b.docx"] = Answer(pdf("not a docx").body, kind="application/msword")
        portal.routes[f"{folder}/t1.html"] = page(
            f"<h1>{name}2022年度部门决算公开</h1><p>发布时间：2023-09-0{number + 1}</p>{files}"
            '<a href="mailto:x@example.org">邮箱</a><a href="javascript:window.print()">打印</a>'
        )
        portal.routes[f"{folder}/P{number}.pdf"] = pdf(f"report of {name}")
    script = "<script>createPageHTML(2, {}, 'index', 'html');</script>"
    portal.routes["/xxgk/bm/index.html"] = page(
        '<a href="/">首页</a><ul class="list">',
        *(
            f'<li><a href="./{number}/t1.html" title="示例市第{number}局2022年度部门决算公开">'
            f"示例市第{number}局2022…</a><span>2023-09-1{number}</span></li>"
            for number in range(3)
        ),
        '<li><a href="/news/1.html">示例市2023年预算公开</a></li>',
        '<li><a href="/news/2.html">部门决算系统采购公告</a></li></ul>',
        script.format(0),
    )
    portal.routes["/xxgk/bm/index_1.html"] = page(
        '<ul class="list">',
        *(
            f'<li><a href="./{number}/t1.html">示例市第{number}局2022年度部门决算公开</a></li>'
            for number in (3, 4)
        ),
        "</ul>",
        script.format(1),
    )
    return {
        "url": f"{portal.url}/xxgk/bm/index.html",
        "within": ".list",
        "paging": {
            "url": f"{portal.url}/xxgk/bm/index_{{page}}.html",
            "first": 1,
            "last": r"createPageHTML\((\d+)",
        },
    }


def gb18030(portal: Portal) -> dict[str, Any]:
    """Pages in GB18030, one saying GB2312, one nothing; a next link; odd addresses and names: 4 files."""
    host = portal.url.removeprefix("http:")
    first = (
        '<html><head><meta charset="gb2312"><title>镕城区</title></head><body>'
        f'<a href="{host}/gb/a.pdf">镕城区民政局2021年部门决算</a>'
        '<a href="文件/乙局.pdf">乙局2021年部门决算</a>'
        '<a href="list2.html">下一页</a></body></html>'
    )
    second = (
        "<html><body><a href=\"javascript:show('/gb/down.jsp?id=3&amp;name=c.zip')\">丙局2021年部门决算</a>"
        '<a href="../gb/d.jsp?f=丁局.pdf">丁局2021年部门决算.pdf</a></body></html>'
    )
    kind = "text/html"
    portal.routes["/gb/list1.html"] = Answer(first.encode("gb18030"), kind=kind)
    portal.routes["/gb/list2.html"] = Answer(second.encode("gb18030"), kind=kind)
    raw = "镕城区民政局.pdf".encode("gb18030").decode("latin-1")
    portal.routes["/gb/a.pdf"] = Answer(
        pdf("gb a").body, kind="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{raw}"'},
    )  # fmt: skip
    portal.routes[f"/gb/{quote('文件/乙局.pdf')}"] = Answer(pdf("gb b").body, kind="text/html")  # wrong type
    portal.routes["/gb/down.jsp?id=3&name=c.zip"] = Answer(
        b"PK\x05\x06" + bytes(18), kind="application/x-zip-compressed",
        headers={
            "Content-Disposition": f"attachment; filename=x.zip; filename*=UTF-8''{quote('丙局 决算.zip')}"
        },
    )  # fmt: skip
    named = quote("丁局.pdf".encode("gb18030"))
    portal.routes[f"/gb/d.jsp?f={named}"] = Answer(
        pdf("gb d").body, headers={"Content-Disposition": f"attachment;filename={quote('丁局决算.pdf')}"}
    )
    return {"url": f"{portal.url}/gb/list1.html", "paging": {"next": "下一页"}}


def inline(portal: Portal) -> dict[str, Any]:
    """Pages whose tables are the report, one page that answers 200 and says an error: 1 report."""
    portal.routes["/inline/index.html"] = page(
        '<a href="a.html">戊局2020年度部门决算</a><a href="b.html">己局2020年度部门决算</a>'
    )
    portal.routes["/inline/a.html"] = page("<h1>戊局2020年度部门决算</h1>", rows_of_a_table(6))
    portal.routes["/inline/b.html"] = page(
        "<h1>系统繁忙</h1><p>您访问的决算页面不存在</p>", rows_of_a_table(2)
    )
    return {"url": f"{portal.url}/inline/index.html"}


def scripted(portal: Portal) -> list[dict[str, Any]]:
    """Lists behind scripts: pages of JSON by POST form, by POST body, by GET; addresses of an id: 5 files."""
    portal.routes.update({f"/api/file/{number}": pdf(f"api {number}") for number in range(5)})

    def by_form(asked: Asked) -> Answer:
        number = int(parse_qs(asked.body.decode())["pageNo"][0])
        rows = [
            {
                "docUrl": f"/api/file/{index}",
                "docTitle": f"<em>第{index}所</em>2019年决算.pdf",
                "pub": "2020/8/3",
            }
            for index in (number * 2 - 2, number * 2 - 1)
            if index < 3
        ]
        return Answer(msgspec.json.encode({"data": {"list": rows}}), kind="application/json")

    def by_body(asked: Asked) -> Answer:
        number = msgspec.json.decode(asked.body)["page"]["no"]
        rows = [{"id": 3, "name": "第3所2019年决算.pdf", "unit": "第三研究所"}] if number == 0 else []
        return Answer(msgspec.json.encode(rows), kind="text/html")

    portal.routes["/api/form"] = by_form
    portal.routes["/api/body"] = by_body
    portal.routes["/api/get?p=1"] = Answer(
        msgspec.json.encode({"rows": [{"id": 4, "name": "第4所2019年决算.pdf"}]}), kind="application/json"
    )
    portal.routes["/api/get?p=2"] = Answer(b'{"rows": []}', kind="application/json")
    return [
        {
            "url": f"{portal.url}/api/form", "method": "POST", "form": {"pageNo": "{page}", "size": "2"},
            "paging": {"first": 1},
            "rows": {"rows": "data.list", "url": "docUrl", "title": "docTitle", "published_at": "pub"},
        },
        {
            "url": f"{portal.url}/api/body", "method": "POST", "json_body": {"page": {"no": "{page}"}},
            "paging": {"first": 0},
            "rows": {"url": "/api/file/{id}", "title": "name", "department": "unit"},
        },
        {
            "url": f"{portal.url}/api/get?p={{page}}", "paging": {"first": 1},
            "rows": {"rows": "rows", "url": "/api/file/{id}", "title": "name"},
        },
    ]  # fmt: skip


def folders(portal: Portal) -> dict[str, Any]:
    """A list of departments, each with a list of its own, one level deeper in part: 2 files, one by a frame.

    One link says nothing of a file and leads to one; one file is linked twice; one report is
    called like a list.
    """
    portal.routes["/dept/"] = page('<a href="a/">辛局信息公开目录</a><a href="b/">壬局信息公开目录</a>')
    portal.routes["/dept/a/"] = page(
        '<a href="/dept/view?id=1">辛局2018年决算</a><a href="/dept/view?id=1">辛局2018年决算（重发）</a>'
    )
    portal.routes["/dept/b/"] = page('<a href="2018/">2018年信息公开目录</a>')
    portal.routes["/dept/b/2018/"] = page('<a href="t.html">壬局2018年决算（见信息公开目录）</a>')
    portal.routes["/dept/view?id=1"] = pdf("dept a")
    portal.routes["/dept/b/2018/t.html"] = page('<iframe src="/js/viewer.html?file=/dept/b.pdf"></iframe>')
    portal.routes["/js/viewer.html?file=/dept/b.pdf"] = page("viewer")
    portal.routes["/dept/b.pdf"] = pdf("dept b")
    return {"url": f"{portal.url}/dept/", "folders": ["信息公开目录"]}


def moved(target: str) -> Answer:
    """Return a redirect."""
    return Answer(b"", 302, headers={"Location": target}, validators=False)


FAULTS = {
    "missing": ("http_status", Answer(b"gone", 404, validators=False)),
    "forbidden": ("http_status", Answer(b"no", 403, validators=False)),
    "always 503": ("http_status", Answer(b"busy", 503, validators=False)),
    "later": ("rate_limited", Answer(b"", 429, headers={"Retry-After": "3600"}, validators=False)),
    "error page": ("html_page", page("<h1>出错了</h1>")),
    "picture": ("wrong_type", Answer(b"\x89PNG\r\n\x1a\n", kind="application/pdf")),
    "empty": ("empty", Answer(b"", kind="application/pdf")),
    "truncated": ("truncated", Answer(b"%PDF-1.4 half", cut=5000)),
    "silent": ("timeout", Answer(b"%PDF-1.4", pause=3.5)),
    "dripping": ("timeout", Answer(b"%PDF-1.4" + bytes(100), drip=0.15)),
    "huge": ("too_large", Answer(b"%PDF-1.4" + bytes(30_000_000), measured=False, validators=False)),
    "bomb": (
        "too_large",
        Answer(gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"}, validators=False),
    ),
    "said huge": ("too_large", Answer(b"%PDF-1.4", cut=10**10)),
    "loop": ("redirects", moved("/f/loop.pdf")),
    "to another host": ("other_host", moved("http://10.0.0.1/x.pdf")),
    "to a private name": ("private_address", moved("http://localhost:1/x.pdf")),
    "to a private address": ("private_address", moved("http://127.0.0.2:1/x.pdf")),
    "to a private number": ("private_address", moved("http://[::1]:1/x.pdf")),
    "to a file": ("http_status", moved("file:///etc/passwd")),
}  # fmt: skip
"""Name -> reason, answer: files that are linked and cannot be had."""


HAD = ("good", "once500", "once429", "moved", "walled")
"""Files that can be had: at once, at the second try, after waiting, elsewhere, with a cookie."""


def faults(portal: Portal) -> dict[str, Any]:
    """Every fault beside good files, some of which come at the second try or by a detour (HAD)."""
    links = []
    for number, (name, (_, answer)) in enumerate(FAULTS.items()):
        path = "/f/loop.pdf" if name == "loop" else f"/f/{number}.pdf"
        portal.routes[path] = answer
        links.append(f'<a href="{path}">{name}2022年决算</a>')
    tries: dict[str, int] = {}

    def at_second_try(status: int, headers: dict[str, str]) -> Any:
        def route(asked: Asked) -> Answer:
            tries[asked.path] = tries.get(asked.path, 0) + 1
            if tries[asked.path] == 1:
                return Answer(b"later", status, headers=headers, validators=False)
            return pdf(f"good {asked.path}")

        return route

    def behind_a_cookie(asked: Asked) -> Answer:
        if asked.headers.get("cookie") == "passed=1":
            return pdf("walled")
        return Answer(
            b"", 302, headers={"Location": asked.path, "Set-Cookie": "passed=1; Path=/"}, validators=False
        )

    portal.routes["/f/walled.pdf"] = behind_a_cookie
    portal.routes["/f/good.pdf"] = pdf("good")
    portal.routes["/f/once500.pdf"] = at_second_try(500, {})
    portal.routes["/f/once429.pdf"] = at_second_try(429, {"Retry-After": "1"})
    portal.routes["/f/moved.pdf"] = moved("/f/there.pdf")
    portal.routes["/f/there.pdf"] = pdf("there")
    links += [f'<a href="/f/{name}.pdf">{name}2022年决算</a>' for name in HAD]
    links += [
        '<a href="/secret/x.pdf">secret2022年决算</a>',
        '<a href="http://192.0.2.7/x.pdf">other2022年决算</a>',
    ]
    portal.routes["/secret/x.pdf"] = pdf("secret")
    portal.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /secret/\n", kind="text/plain")
    portal.routes["/f/"] = page(*links)
    return {"url": f"{portal.url}/f/"}


def endless(portal: Portal) -> dict[str, Any]:
    """A list whose every page has a new link, without end."""

    def numbered(number: int) -> Any:
        return lambda asked: page(f'<a href="/e/{number}.html">新闻{number}</a>')

    portal.routes.update({f"/e/list?p={number}": numbered(number) for number in range(1, 200)})
    return {"url": f"{portal.url}/e/list?p={{page}}", "paging": {"first": 1, "limit": 7}}


def repeating(portal: Portal) -> dict[str, Any]:
    """A list that answers its last page for every number past it: 1 file, without ETag."""
    portal.routes.update(
        {f"/r/list?p={number}": page('<a href="/r/1.pdf">癸局2017年决算</a>') for number in range(1, 50)}
    )
    portal.routes["/r/1.pdf"] = Answer(pdf("r 1").body, validators=False)
    return {"url": f"{portal.url}/r/list?p={{page}}", "paging": {"first": 1}}


def many(portal: Portal, count: int, *, bytes_each: int = 0) -> dict[str, Any]:
    """One page with so many links to files of their own."""
    for number in range(count):
        portal.routes[f"/m/{number}.pdf"] = Answer(
            pdf(f"many {number}").body + bytes(bytes_each), kind="application/pdf"
        )
    portal.routes["/m/"] = page(
        *(f'<a href="/m/{number}.pdf">第{number}局2022年部门决算</a>' for number in range(count))
    )
    return {"url": f"{portal.url}/m/"}


def source_of(portal: Portal, *lists: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the content of a source file over these lists, quick where real ones are gentle."""
    limits = {
        "delay": 0,
        "concurrent": 8,
        "timeout": 10,
        "retries": 1,
        "backoff": 0.05,
        **more.pop("limits", {}),
    }
    return {
        "name": "示例门户",
        "place": "示例市",
        "verified": True,
        "private_hosts": ["127.0.0.1"],
        "lists": list(lists),
        "limits": limits,
        **more,
    }
