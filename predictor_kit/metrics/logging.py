"""Metrics as log lines."""

import logging

from predictor_kit.metrics.admission import Kind
from predictor_kit.metrics.guard import GuardedMetrics

__all__ = ["LoggingMetrics"]


class LoggingMetrics(GuardedMetrics):
    """Writes one log line for each push: ``counter predictions 1 species='setosa'``.

    ``logger`` is the name of the logger, ``level`` the level of the lines, as a number or by name
    (``"info"``). Values of tags are written as Python would show them, so that a line stays a
    line. Raises `ValueError` if there is no level of that name.
    """

    def __init__(self, logger: str = "predictor_kit.metrics", level: int | str = logging.INFO) -> None:
        super().__init__()
        self._logger = logging.getLogger(logger)
        self._level = _level_number(level)

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        if self._logger.isEnabledFor(self._level):
            shown = "".join(f" {key}={text!r}" for key, text in tags.items())
            self._logger.log(self._level, "%s %s %s%s", kind, metric, value, shown)


def _level_number(level: int | str) -> int:
    if isinstance(level, int):
        return level
    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        # Without the value, which may have come from the environment.
        raise ValueError(f"level is none of the log levels {', '.join(known).lower()}")
    return known[level.upper()]
