"""The result of one check on one report: the contract between `audit` and `warehouse`.

Belongs here: the closed vocabularies and the Arrow schema. Does not: how a result is computed (`engine`).
"""

import pyarrow as pa

SEVERITIES = ("H", "W", "I")
STATUSES = ("exact", "rounding", "improbable_rounding", "fail", "not_applicable", "not_evaluable")
VERDICTS = (
    "accepted",
    "accepted_with_warnings",
    "waived",
    "quarantined",
    "unreadable",
    "not_a_final_account",
)
ACCEPTED = ("accepted", "accepted_with_warnings", "waived")
"""The verdicts with which a report reaches the marts."""

# `reported`, `computed`, `difference` and `tolerance` are in `unit` (元 for amounts); `terms` is the number
# of non-zero printed terms; `cell_nos` are the cells that took part, the reported one first, `claim_nos` the
# figures of the narrative, and `pages` theirs.
CHECK_SCHEMA = pa.schema(
    [
        ("report_key", pa.string()),
        ("check_id", pa.string()),
        ("form_code", pa.string()),
        ("subject", pa.string()),
        ("measure", pa.string()),
        ("severity", pa.string()),
        ("status", pa.string()),
        ("reported", pa.decimal128(24, 4)),
        ("computed", pa.decimal128(24, 4)),
        ("difference", pa.decimal128(24, 4)),
        ("tolerance", pa.decimal128(24, 4)),
        ("unit", pa.string()),
        ("terms", pa.int32()),
        ("page", pa.int32()),
        ("pages", pa.list_(pa.int32())),
        ("cell_nos", pa.list_(pa.int32())),
        ("claim_nos", pa.list_(pa.int32())),
        ("message", pa.string()),
        ("cause_id", pa.string()),
    ]
)

DEFECTS = ("source", "reading")
"""Whose error a cause is: the publisher's when both readings agree on what is printed, else the reader's."""

# One row per cause; `suggested` are the numbers that would repair `checks_repaired` of `checks_failed`
# checks, in place of `printed`, cell by cell; `alternatives` counts other hypotheses that repair as many. Of
# figures of the narrative, `claim_nos`, the cells are those that they were taken from.
CAUSE_SCHEMA = pa.schema(
    [
        ("report_key", pa.string()),
        ("cause_id", pa.string()),
        ("hypothesis", pa.string()),
        ("defect", pa.string()),
        ("form_code", pa.string()),
        ("page", pa.int32()),
        ("cell_nos", pa.list_(pa.int32())),
        ("claim_nos", pa.list_(pa.int32())),
        ("printed", pa.list_(pa.string())),
        ("suggested", pa.list_(pa.string())),
        ("checks_repaired", pa.int32()),
        ("checks_failed", pa.int32()),
        ("alternatives", pa.int32()),
    ]
)
