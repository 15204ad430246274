"""Tools for operators: readiness, backlogs, metrics, and the doctor's diagnosis."""
