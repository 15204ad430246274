"""One module per fault, named after its goal; each has `run(world)`, which yields its figures.

The module `mail` is shared: workers, ticks and a mail server.
"""
