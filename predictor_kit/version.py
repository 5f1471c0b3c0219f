"""The version, on its own so that the command line need not import the facade for it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
