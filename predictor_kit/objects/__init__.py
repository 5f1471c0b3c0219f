"""Names of Python objects in a file, and the objects: ``package.module:Name``, ``file.py:Name``."""

from predictor_kit.objects.environment import environment
from predictor_kit.objects.projects import Project, find

__all__ = ["Project", "environment", "find"]
