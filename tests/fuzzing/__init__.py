"""Configuration files mutated at random, and what must hold of each: see `tests.fuzz`."""
