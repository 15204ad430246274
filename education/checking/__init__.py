"""Evaluates requirements for credits from files, without a database: for operators and for authors of rules."""

from education.checking.answer import Answer, answer, as_json
from education.checking.inputs import BadInput, Inputs, Paths, read_inputs
from education.checking.report import report

__all__ = ["Answer", "BadInput", "Inputs", "Paths", "answer", "as_json", "read_inputs", "report"]
