"""Fixtures of the tests of the flow."""

from tests.stages.files import data_dir

__all__ = ["data_dir"]
