"""From a folder of final accounts (部门决算) to a checked, published warehouse.

The rooms, in the order in which a report passes through them: `acquire` keeps files, `read` turns a file
into a `Document`, `forms` finds the statutory forms in it, `audit` checks the sums and passes the verdict,
`warehouse` loads and publishes. `assets` and `definitions` put the same functions into Dagster; `cli` is
the command `fiscal`. Nothing outside `assets` and `definitions` imports Dagster.
"""
