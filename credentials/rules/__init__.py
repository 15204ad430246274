"""The Board's rules as pure values and functions: no database access, no settings, no clock."""

from credentials.rules.canonical import plain_requirements, requirements_from
from credentials.rules.cycles import (
    CycleError,
    CycleFacts,
    Window,
    advised_until,
    anniversary,
    cycle_end,
    declaration_opens_on,
    is_mandatory,
    may_synchronise,
    next_cycle,
    periods,
    reinstated_cycle,
    reinstated_until,
    requirements_day,
    shortened,
    synchronised,
    validity,
    window,
)
from credentials.rules.problems import Problem, RequirementsError
from credentials.rules.reader import read_requirements
from credentials.rules.values import ANY, Area, Requirements, Rule
from credentials.rules.versions import Raised, check_versions, newest_for, raised

__all__ = [
    "ANY",
    "Area",
    "CycleError",
    "CycleFacts",
    "Problem",
    "Raised",
    "Requirements",
    "RequirementsError",
    "Rule",
    "Window",
    "advised_until",
    "anniversary",
    "check_versions",
    "cycle_end",
    "declaration_opens_on",
    "is_mandatory",
    "may_synchronise",
    "newest_for",
    "next_cycle",
    "periods",
    "plain_requirements",
    "raised",
    "read_requirements",
    "reinstated_cycle",
    "reinstated_until",
    "requirements_day",
    "requirements_from",
    "shortened",
    "synchronised",
    "validity",
    "window",
]
