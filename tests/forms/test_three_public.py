"""The arrangements of F09 that were seen in print."""

from pipeline.forms.catalogue import catalogue
from pipeline.forms.three_public import read_three_public
from pipeline.read.document import Grid
from tests.forms.drawing import grid


def amounts(table: Grid) -> dict[str, str]:
    (row,) = read_three_public(catalogue().forms["F09"], [table])
    return {measure: cell.text for measure, _, cell in row.values}


SIX = ("total", "overseas", "vehicle", "vehicle_purchase", "vehicle_operation", "reception")


def test_six_budget_then_six_final_columns() -> None:
    read = amounts(
        grid(
            "2019年度预算数|<|<|<|<|<|2019年度决算数|<|<|<|<|<",
            "合计|因公出国\\n(境)费|公务用车购置及运行费|<|<|公务接待费|合计|因公出国\\n(境)费|公务用车购置及运行费|<|<|公务接待费",
            "^|^|小计|公务用车\\n购置费|公务用车\\n运行费|^|^|^|小计|公务用车\\n购置费|公务用车\\n运行费|^",
            "1|2|3|4|5|6|7|8|9|10|11|12",
            "9.00|1.00|6.00|2.00|4.00|2.00|8.00|1.00|5.00|2.00|3.00|2.00",
        )
    )
    assert list(read) == [f"budget_{name}" for name in SIX] + [f"final_{name}" for name in SIX]
    assert list(read.values()) == [
        "9.00",
        "1.00",
        "6.00",
        "2.00",
        "4.00",
        "2.00",
        "8.00",
        "1.00",
        "5.00",
        "2.00",
        "3.00",
        "2.00",
    ]


def test_a_stray_rule_beside_an_amount_does_not_hide_it() -> None:
    read = amounts(
        grid(
            "预算数|<|<|<|<|<|决算数|<|<|<|<|<|<",
            "合计|因公出国|车辆小计|公务用车购置费|公务用车运行费|公务接待费|合计|<|因公出国|车辆小计|公务用车购置费|公务用车运行费|公务接待费",
            "9.00|1.00|6.00|2.00|4.00|2.00||8.00|1.00|5.00|2.00|3.00|2.00",
        )
    )
    assert (read["final_total"], read["final_overseas"]) == ("8.00", "1.00")


def test_pairs_below_a_common_heading() -> None:
    read = amounts(
        grid(
            "财政拨款“三公”经费|<|<|<|<|<|<|<|<|<|<|<",
            "合计|<|因公出国\\n（境）费|<|公务用车购置及运行维护费|<|<|<|<|<|公务接待费|<",
            "^|^|^|^|小计|<|公务用车\\n购置费|<|公务用车\\n运行维护费|<|^|^",
            "预算数|决算数|预算数|决算数|预算数|决算数|预算数|决算数|预算数|决算数|预算数|决算数",
            "2.85|0.39|0.00|0.00|0.00|0.00|0.00|0.00|0.00|0.00|2.85|0.39",
        )
    )
    assert len(read) == 12
    assert (read["budget_total"], read["final_total"]) == ("2.85", "0.39")
    assert (read["budget_reception"], read["final_reception"]) == ("2.85", "0.39")
    assert read["budget_vehicle"] == "0.00"


def test_phases_as_rows_with_meetings_and_training_outside_the_total() -> None:
    read = amounts(
        grid(
            "项目|合计|一般公共预算财政拨款安排的“三公”经费|<|<|<|<|<|会议费|培训费",
            "^|^|小计|因公出国（境）费用|公务接待费|公务用车购置及运行维护费|<|<|^|^",
            "^|^|^|^|^|小计|公务用车购置费|公务用车运行维护费|^|^",
            "栏次|1|2|3|4|5|6|7|8|9",
            "预算数|10.00|6.00|0.00|1.00|5.00|0.00|5.00|1.00|3.00",
            "决算数|9.00|5.00|0.00|1.00|4.00|0.00|4.00|1.00|3.00",
            "增减额|1.00|1.00|0.00|0.00|1.00|0.00|1.00||",
        )
    )
    assert len(read) == 16
    assert (read["budget_total"], read["final_total"]) == ("6.00", "5.00")
    assert (read["final_vehicle_operation"], read["final_meeting"], read["final_training"]) == (
        "4.00",
        "1.00",
        "3.00",
    )


def test_items_as_rows_among_counts_and_other_expenses() -> None:
    read = amounts(
        grid(
            "项目|行次|预算数|决算数",
            "栏次||1|2",
            "一、“三公”经费支出|1|—|—",
            "（一）支出合计|2|6.00|5.00",
            "1．因公出国（境）费|3|0.00|0.00",
            "2．公务用车购置及运行维护费|4|5.00|4.00",
            "（1）公务用车购置费|5|0.00|0.00",
            "（2）公务用车运行维护费|6|5.00|4.00",
            "3．公务接待费|7|1.00|1.00",
            "（1）国内接待费|8|—|1.00",
            "（二）相关统计数|9|—|—",
            "1．因公出国（境）团组数（个）|10|—|7",
            "3.公务用车购置数（辆）|11|-|8",
            "二、机关运行经费|12||55.00",
        )
    )
    assert [read[f"budget_{name}"] for name in SIX] == ["6.00", "0.00", "5.00", "0.00", "5.00", "1.00"]
    assert [read[f"final_{name}"] for name in SIX] == ["5.00", "0.00", "4.00", "0.00", "4.00", "1.00"]
    assert len(read) == 12


def test_two_columns_of_one_phase() -> None:
    read = amounts(
        grid(
            "项 目|行次|年初预算数|全年预算数|2020年决算数|2021年决算数",
            "“三公”经费合计|1|6.00|6.10|7.00|5.00",
            "公务接待费|2|1.00|1.10|2.00|1.00",
        )
    )
    assert read == {
        "budget_total": "6.10",
        "budget_reception": "1.10",
        "final_total": "5.00",
        "final_reception": "1.00",
    }


def test_other_expenses_beside_the_three() -> None:
    read = amounts(
        grid(
            "项目|行次|统计数|项目|行次|统计数",
            "一、“三公”经费支出|1|—|二、机关运行经费|20|90.00",
            "（一）支出合计|2|5.00|（一）行政单位|21|90.00",
            "1.因公出国（境）费|3|0.00|（二）参公单位|22|",
            "3.公务接待费|7|1.00|三、国有资产占用情况|23|—",
        )
    )
    assert read == {"final_total": "5.00", "final_overseas": "0.00", "final_reception": "1.00"}


def test_budget_is_not_taken_for_final_where_no_phase_is_read() -> None:
    read = read_three_public(
        catalogue().forms["F09"],
        [grid("合计|公务接待费|合计|公务接待费", "2.00|2.00|1.00|1.00")],
    )
    assert read == []


def test_title_department_and_unit_inside_the_table() -> None:
    read = amounts(
        grid(
            "“三公”经费支出决算表|<|<|<",
            "部门：示例局|<|单位：万元|<",
            "预算数|<|决算数|<",
            "合计|公务接待费|合计|公务接待费",
            "2.00|2.00|1.00|1.00",
        )
    )
    assert list(read) == ["budget_total", "budget_reception", "final_total", "final_reception"]


def test_a_blank_form_keeps_its_twelve_blank_cells() -> None:
    read = amounts(
        grid(
            "预算数|<|<|<|<|<|决算数|<|<|<|<|<",
            "合计|因公出国(境)费|公务用车购置及运行费|<|<|公务接待费|合计|因公出国(境)费|公务用车购置及运行费|<|<|公务接待费",
            "^|^|小计|公务用车购置费|公务用车运行费|^|^|^|小计|公务用车购置费|公务用车运行费|^",
            "||||||||||||"[:-1],
        )
    )
    assert set(read.values()) == {""}
    assert len(read) == 12


def test_another_table_is_not_f09() -> None:
    assert read_three_public(catalogue().forms["F09"], [grid("序号|单位|备注", "1|某局|")]) == []


def test_items_as_rows_go_on_over_the_page() -> None:
    first = grid("项目|预算数|决算数", "合计|6.00|5.00", "因公出国（境）费|0.00|0.00")
    second = grid("公务用车购置及运行维护费|5.00|4.00", "公务接待费|1.00|1.00", page=2)
    rows = read_three_public(catalogue().forms["F09"], [first, second])
    assert [[(measure, cell.text) for measure, _, cell in row.values] for row in rows] == [
        [
            ("budget_total", "6.00"),
            ("budget_overseas", "0.00"),
            ("final_total", "5.00"),
            ("final_overseas", "0.00"),
        ],
        [
            ("budget_vehicle", "5.00"),
            ("budget_reception", "1.00"),
            ("final_vehicle", "4.00"),
            ("final_reception", "1.00"),
        ],
    ]
    assert [row.grid.page for row in rows] == [1, 2]


def test_title_and_captions_inside_the_grid_are_no_values() -> None:
    read = amounts(
        grid(
            "财政拨款“三公”经费支出决算表|<|<|<|<|<|<|<|<|<|<|<",
            "|||||||||||公开09表",
            "部门：某局|||||||||||单位：万元",
            "预算数|<|<|<|<|<|决算数|<|<|<|<|<",
            "合计|因公出国(境)费|公务用车购置及运行费|<|<|公务接待费|合计|因公出国(境)费|公务用车购置及运行费|<|<|公务接待费",
            "^|^|小计|公务用车购置费|公务用车运行费|^|^|^|小计|公务用车购置费|公务用车运行费|^",
            "9.00|1.00|6.00|2.00|4.00|2.00|8.00|1.00|5.00|2.00|3.00|2.00",
        )
    )
    assert (read["budget_total"], read["final_total"], read["final_reception"]) == ("9.00", "8.00", "2.00")
