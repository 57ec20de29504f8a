"""One department over the years: totals, budget against final, checks. `make notebook` opens it.

Reads the published database and changes nothing. Amounts are exact in the tables; only the charts turn them
into floating point numbers, in 万元.
"""

import marimo

app = marimo.App(width="medium", app_title="部门决算 Final accounts")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from pipeline.warehouse.database import read_published

    def query(sql, *parameters):
        """Return the rows of a query as dictionaries; amounts stay decimals."""
        with read_published() as con:
            found = con.execute(sql, list(parameters))
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def in_ten_thousands(rows, *columns):
        """Return rows for a chart: amounts in 万元 as floating point numbers, blanks left out."""
        return [
            {**row, **{name: float(row[name]) / 10000 for name in columns}}
            for row in rows
            if all(row[name] is not None for name in columns)
        ]

    return alt, in_ten_thousands, mo, query


@app.cell
def _(mo, query):
    departments = query(
        """
        select department_key, department_name, reports, first_fiscal_year, last_fiscal_year
        from marts.dim_department
        order by reports desc, department_name
        """
    )
    mo.stop(not departments, mo.md("没有已通过的报告。No report has been accepted yet."))
    department = mo.ui.dropdown(
        options={row["department_name"]: row["department_key"] for row in departments},
        value=departments[0]["department_name"],
        label="部门 Department",
    )
    mo.vstack([mo.md("# 部门决算 Final accounts"), department])
    return department, departments


@app.cell
def _(alt, department, in_ten_thousands, mo, query):
    totals = query(
        """
        select fiscal_year, '收入 income' as side, total_yuan
        from marts.fct_income where department_key = $1 and row_level = 'total'
        union all
        select fiscal_year, '支出 expenditure' as side, total_yuan
        from marts.fct_expenditure
        where department_key = $1 and form_code = 'F03' and row_level = 'total'
        order by fiscal_year, side
        """,
        department.value,
    )
    totals_chart = (
        alt.Chart(alt.Data(values=in_ten_thousands(totals, "total_yuan")))
        .mark_line(point=True)
        .encode(
            x=alt.X("fiscal_year:O", title="年度 fiscal year"),
            y=alt.Y("total_yuan:Q", title="万元"),
            color=alt.Color("side:N", title=None),
            tooltip=["fiscal_year:O", "side:N", "total_yuan:Q"],
        )
        .properties(width=560, height=260)
    )
    mo.vstack(
        [mo.md("## 本年收入与支出 Income and expenditure of the year"), totals_chart, mo.ui.table(totals)]
    )
    return totals, totals_chart


@app.cell
def _(alt, department, in_ten_thousands, mo, query):
    three_public = query(
        """
        select fiscal_year, phase, expense, yuan
        from (
            select fiscal_year, phase, overseas_yuan as 因公出国, vehicle_yuan as 公务用车,
                reception_yuan as 公务接待
            from marts.fct_three_public where department_key = $1
        ) unpivot (yuan for expense in (因公出国, 公务用车, 公务接待))
        order by fiscal_year, expense, phase
        """,
        department.value,
    )
    three_public_chart = (
        alt.Chart(alt.Data(values=in_ten_thousands(three_public, "yuan")))
        .mark_bar()
        .encode(
            x=alt.X("phase:N", title=None, sort=["budget", "final"]),
            y=alt.Y("yuan:Q", title="万元"),
            color=alt.Color("expense:N", title=None),
            column=alt.Column("fiscal_year:O", title="年度 fiscal year"),
            tooltip=["fiscal_year:O", "phase:N", "expense:N", "yuan:Q"],
        )
        .properties(width=90, height=240)
    )
    mo.vstack(
        [
            mo.md("## “三公”经费：预算与决算 The three public expenses: budget and final"),
            three_public_chart,
            mo.ui.table(three_public),
        ]
    )
    return three_public, three_public_chart


@app.cell
def _(alt, department, in_ten_thousands, mo, query):
    # The narrative states the budget of each item at the beginning of the year, where the forms do not.
    item_budgets = query(
        """
        with stated as (
            select report_key, subject_code, metric, any_value(subject) as subject,
                any_value(value_yuan) as yuan
            from audit.narrative_claim
            where section = 'gpb_detail' and metric in ('initial_budget', 'final')
                and subject_code is not null and value_yuan is not null
            group by report_key, subject_code, metric
            having count(distinct value_yuan) = 1
        )

        select r.fiscal_year, b.subject_code, b.subject, b.yuan as budget_yuan, f.yuan as final_yuan
        from stated as b
        join stated as f using (report_key, subject_code)
        join marts.dim_report as r using (report_key)
        where r.department_key = $1 and b.metric = 'initial_budget' and f.metric = 'final'
        order by r.fiscal_year, b.subject_code
        """,
        department.value,
    )
    item_points = in_ten_thousands(item_budgets, "budget_yuan", "final_yuan")
    item_budgets_chart = (
        alt.Chart(alt.Data(values=item_points))
        .mark_circle(size=70, opacity=0.7)
        .encode(
            x=alt.X("budget_yuan:Q", title="年初预算 initial budget, 万元").scale(type="symlog"),
            y=alt.Y("final_yuan:Q", title="决算 final, 万元").scale(type="symlog"),
            color=alt.Color("fiscal_year:N", title="年度"),
            tooltip=["fiscal_year:O", "subject_code:N", "subject:N", "budget_yuan:Q", "final_yuan:Q"],
        )
        .properties(width=420, height=320)
    )
    mo.vstack(
        [
            mo.md("## 各项支出：年初预算与决算 Budget and final of each item, as the narrative states them"),
            item_budgets_chart if item_budgets else mo.md("情况说明未载明。The narrative states none."),
            mo.ui.table(item_budgets),
        ]
    )
    return item_budgets, item_budgets_chart


@app.cell
def _(alt, department, mo, query):
    # Quarantined reports are in no mart: they are found by the name of the department.
    checks = query(
        """
        select r.fiscal_year, r.report_key, r.verdict, c.status, count(*) as results
        from audit.report as r
        join audit.check_result as c using (report_key)
        where r.department_name = (select department_name from marts.dim_department where department_key = $1)
        group by all
        order by all
        """,
        department.value,
    )
    failures = query(
        """
        select r.fiscal_year, left(r.report_key, 8) as report, c.severity, c.check_id, c.message, c.page
        from audit.report as r
        join audit.check_result as c using (report_key)
        where r.department_name = (select department_name from marts.dim_department where department_key = $1)
            and c.status = 'fail'
        order by all
        """,
        department.value,
    )
    checks_chart = (
        alt.Chart(alt.Data(values=checks))
        .mark_bar()
        .encode(
            x=alt.X("results:Q", title="校验结果数 results"),
            y=alt.Y("fiscal_year:O", title="年度 fiscal year"),
            color=alt.Color("status:N", title="结果 status"),
            tooltip=["fiscal_year:O", "report_key:N", "verdict:N", "status:N", "results:Q"],
        )
        .properties(width=560, height=alt.Step(26))
    )
    mo.vstack(
        [mo.md("## 校验结果 Check results"), checks_chart, mo.md("### 不符 Failed"), mo.ui.table(failures)]
    )
    return checks, checks_chart, failures


if __name__ == "__main__":
    app.run()
