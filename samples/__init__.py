"""The project's own generator of final-account reports (部门决算), as PDF and other files.

Belongs here: example departments, their figures, and every look a report can have in print; tests and the
committed sample set are made from it. Does not: anything that reads a report. The pipeline never imports it.
"""

from samples.facts import SampleReport
from samples.layout import Layout
from samples.report import write_report
from samples.sample_set import sample_set
from samples.tables import expected_amounts

__all__ = ["Layout", "SampleReport", "expected_amounts", "sample_set", "write_report"]
