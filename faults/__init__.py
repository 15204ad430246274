"""Faults on purpose: real processes, killed, frozen and started again, and what became of the data."""
