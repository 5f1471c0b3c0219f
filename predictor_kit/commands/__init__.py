"""What each command of the command line does, a module for each.

Results go to standard output, all else to standard error.
"""

__all__: list[str] = []
