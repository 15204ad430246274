"""One module per fault, named as in the goals; each has `run(world)`, which yields its figures."""
