"""Overrides: providers replaced by name for a while, all or none, and restored exactly.

What holds an object that was made with what is replaced is stood in for: inside the block another
one is built, which meets the replacement, and goes with it; after it the first is there again.
"""

from predictor_kit.overrides.blocks import Override, override
from predictor_kit.overrides.targets import apply

__all__ = ["Override", "apply", "override"]
