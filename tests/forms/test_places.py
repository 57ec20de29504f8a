"""Administrative divisions: the table, and where departments belong by their names."""

from collections import Counter

import pytest

from pipeline.forms.places import divisions, is_bare_division, place_of

IN_FORCE = [division for division in divisions().by_code.values() if not division.is_former]


def code(department: str | None, cover: tuple[str, ...] = (), lines: tuple[str, ...] = ()) -> str | None:
    place = place_of(department, cover, lines)
    return place.code if place else None


def test_provinces_and_prefectures_are_complete() -> None:
    assert Counter(division.level for division in IN_FORCE)[0] == 34
    assert Counter(division.level for division in IN_FORCE)[1] == 333
    assert Counter(division.code[:2] for division in IN_FORCE if division.level == 1)["44"] == 21
    assert sorted(d.name for d in IN_FORCE if d.code.startswith("31") and d.level == 2)[:3] == [
        "嘉定区",
        "奉贤区",
        "宝山区",
    ]


def test_the_table_is_sound() -> None:
    table = divisions()
    for division in IN_FORCE:
        assert len(division.code) == 6
        assert division.code.isdigit()
        parent = table.parent(division)
        assert (parent is None) == (division.level == 0), division
        assert "开发区" not in division.name
    names = Counter(division.name for division in IN_FORCE if division.level < 2)
    assert {name for name, count in names.items() if count > 1} == set()


@pytest.mark.parametrize(
    ("name", "place", "number"),
    [
        ("上海市普陀区规划和自然资源局", "上海市普陀区", "310107"),
        ("佛山市轨道交通局", "佛山市", "440600"),
        ("河南省教育厅", "河南省", "410000"),
        ("河南省高级人民法院", "河南省", "410000"),
        ("新疆维吾尔自治区财政厅", "新疆维吾尔自治区", "650000"),
        ("福州市鼓楼区教育局", "福州市鼓楼区", "350102"),
        ("德清县财政局", "湖州市德清县", "330521"),
        ("浙江省德清县乾元镇人民政府", "湖州市德清县", "330521"),
        ("重庆市巫山县财政局", "重庆市巫山县", "500237"),
        ("吉林省吉林市昌邑区教育局", "吉林市昌邑区", "220202"),
        ("湖北省仙桃市财政局", "湖北省仙桃市", "429004"),
        ("海南省儋州市教育局", "儋州市", "460400"),
        ("凉山州教育局", "凉山彝族自治州", "513400"),
        ("内蒙古自治区呼伦贝尔市鄂温克旗财政局", "呼伦贝尔市鄂温克族自治旗", "150724"),
        ("郑州市中原区乡村振兴局", "郑州市中原区", "410102"),
        # zones are no divisions: the city counts
        ("郑州高新技术产业开发区管委会创新协同中心", "郑州市", "410100"),
        ("郑州航空港经济综合实验区管委会", "郑州市", "410100"),
        ("西安市高新技术产业开发区管委会", "西安市", "610100"),
        ("苏州工业园区管委会", "苏州市", "320500"),
        ("天津滨海新区财政局", "天津市滨海新区", "120116"),
        ("中山市东区街道办事处", "中山市", "442000"),
        # bodies that put the place behind their name
        ("中共郑州市委宣传部", "郑州市", "410100"),
        ("中国共产主义青年团佛山市委员会", "佛山市", "440600"),
        ("政协上海市普陀区委员会", "上海市普陀区", "310107"),
        # given up since 2010
        ("莱芜市财政局", "莱芜市", "371200"),
        ("上海市闸北区教育局", "上海市闸北区", "310108"),
        ("石家庄市桥东区财政局", "石家庄市桥东区", "130103"),
        ("芜湖市无为县财政局", "芜湖市无为县", "340225"),
        # another code, another city since
        ("三明市三元区财政局", "三明市三元区", "350404"),
        ("巢湖市财政局", "合肥市巢湖市", "340181"),
    ],
)
def test_the_place_that_a_name_says(name: str, place: str, number: str) -> None:
    found = place_of(name, (), ())
    assert found is not None
    assert (found.name, found.code) == (place, number)


@pytest.mark.parametrize(
    "name",
    [
        "西南大学",
        "重庆大学",
        "西安电子科技大学",
        "国家税务总局郑州市税务局",
        "国家信访局",
        "教育部",
        "中国科学院上海有机化学研究所",
        "新疆生产建设兵团第一师财政局",
        "虚构市示例区水务局",
        "创新协同中心",
        # several places have a district of that name, or something smaller has
        "鼓楼区教育局",
        "朝阳区财政局",
        "东区街道办事处",
        "新市区管理委员会",
        "桥东区财政局",
        "无为县财政局",
        None,
    ],
)
def test_no_place_rather_than_a_wrong_one(name: str | None) -> None:
    assert place_of(name, (), ()) is None


def test_other_evidence_for_a_name_that_is_not_unique() -> None:
    assert code("鼓楼区教育局", lines=("负责福州市鼓楼区的教育工作。",)) == "350102"
    assert code("鼓楼区教育局", cover=("南京市", "鼓楼区教育局")) == "320106"
    assert code("鼓楼区教育局", lines=("福州市鼓楼区和南京市鼓楼区结对。",)) is None
    assert code("市教育局", cover=("郑州市", "市教育局2023年度部门决算")) == "410100"
    assert code("教育局", cover=("福州市", "鼓楼区")) == "350102"
    assert code("教育局", cover=("福州市", "南京市")) is None
    assert code("教育局", cover=("福州市2023年度市级部门决算",)) == "350100"
    assert code("教育局", cover=("河南省财政厅监制",)) is None


def test_the_cover_does_not_outvote_the_name() -> None:
    assert code("佛山市教育局", cover=("广东省",)) == "440600"
    assert code("国家信访局", cover=("北京市",)) is None


def test_names_of_divisions_alone() -> None:
    assert is_bare_division("上海市普陀区")
    assert is_bare_division("郑州市")
    assert not is_bare_division("郑州市教育局")
    assert not is_bare_division("某某市")


def test_every_county_is_found_behind_its_city() -> None:
    table = divisions()
    for division in IN_FORCE:
        place = table.place(division)
        assert place_of(place.name + "财政局", (), ()) == place
