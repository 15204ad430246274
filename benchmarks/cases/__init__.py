"""Each goal that can be measured today; the order here is the order of the table."""

from importlib import import_module

for subject in ("pages", "intake", "sweeps", "renewal", "proofs", "start", "review", "audits", "logins", "deadline"):
    import_module(f"benchmarks.cases.{subject}")
