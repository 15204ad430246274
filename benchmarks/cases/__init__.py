"""The benchmark cases, one module per group; imported in the order of the table."""

from importlib import import_module

for subject in ("pages", "intake", "sweeps", "renewal", "proofs", "start", "review", "audits", "logins", "deadline"):
    import_module(f"benchmarks.cases.{subject}")
