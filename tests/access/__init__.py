"""Who may do what: every address and every action of the back office x everyone who might ask for it.

`table` says who gets in where, `test_matrix` asks for each of its cells, `test_sweep` finds what it leaves out, and
`python -m tests.access` writes docs/access.md from it.
"""
