"""The access matrix: every route and back-office action against every kind of visitor.

`table` says who may access what, `test_matrix` requests each of its cells, `test_sweep` finds routes and actions
missing from it, and `python -m tests.access` writes docs/access.md.
"""
