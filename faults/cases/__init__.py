"""One module per fault, named as in the goals; each has `run(world)`, which yields its figures.

Mail is what two of them need: workers, ticks and a mail server.
"""
