"""What a loaded predictor has had built: the instance it was loaded with, and those of overrides.

The latest is in use. One that goes takes those above it along, which were built while its
replacements stood; the topmost of them that still stands is then built anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from predictor_kit.container import ContainerInstance
from predictor_kit.errors import ClosedError, TeardownError
from predictor_kit.lifecycle import Teardown, run_all
from predictor_kit.raised import summary

__all__ = ["Build", "Level", "Rebuildable", "failures_of"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(eq=False, frozen=True, slots=True)
class Build(Generic[T_co]):
    """An instance, and what closes it and all that was built for it; that returns what failed."""

    instance: T_co
    end: Callable[[], list[Exception]]

    def close(self) -> None:
        """Close it; raises `TeardownError`."""
        if failures := self.end():
            raise TeardownError("closing the predictor failed in part", failures)


@dataclass(eq=False, slots=True)
class Level(Generic[T_co]):
    """The build of one override, or the first one; None where it was closed and is not needed yet."""

    build: Build[T_co] | None


class Rebuildable(Generic[T_co]):
    """What `override` can have built anew. ``instance`` is in use; ``again`` builds another one."""

    def __init__(
        self, first: Build[T_co], again: Callable[[], Build[T_co]], container: ContainerInstance
    ) -> None:
        """In use is ``first``."""
        self.container = container
        self.instance = first.instance
        self._again = again
        self._closed = False
        self._levels: list[Level[T_co]] = [Level(first)]

    def rebuild(self) -> Level[T_co]:
        """Build with what the container gives now, and use that from now on: what `override` calls.

        Raises what a constructor raises, and `ClosedError` after it was closed; all is as before then.
        """
        with self.container.lifecycle.own_lock():
            if self._closed:
                raise ClosedError("this predictor is closed; load it again to override something in it")
            level = Level(self._again())
            self._levels.append(level)
            self._use()
        return level

    def withdraw(self, level: Level[T_co], restore: Callable[[], None]) -> None:
        """Close what was built for ``level`` and above it, ``restore`` what was replaced, use what is left.

        Raises `TeardownError` where that fails in part, and what a constructor raises where
        something has to be built anew; ``level`` is gone all the same.
        """
        with self.container.lifecycle.own_lock():
            ended = self._end(self._levels.index(level))
            self._levels.remove(level)
            self._use()
        failures = failures_of([*ended, restore])
        try:
            self._complete()
        except BaseException as error:
            for failure in failures:
                error.add_note(f"and before, closing failed: {summary(failure)}")
            raise
        if failures:
            raise TeardownError("the end of an override failed in part", failures)

    def _end(self, start: int) -> list[Teardown]:
        """Forget the builds from the one at ``start`` on; returns what closes them, the latest first."""
        late = [level for level in reversed(self._levels[start:]) if level.build is not None]
        ended = [level.build.close for level in late if level.build is not None]
        for level in late:
            level.build = None
        return [*ended]

    def _complete(self) -> None:
        with self.container.lifecycle.own_lock():
            if self._levels[-1].build is None and not self._closed:
                self._levels[-1].build = self._again()
                self._use()

    def _use(self) -> None:
        """Turn to the latest build that there is."""
        builds = [level.build for level in self._levels if level.build is not None]
        if builds:
            self.instance = builds[-1].instance


def failures_of(teardowns: Iterable[Teardown]) -> list[Exception]:
    """Run all of ``teardowns``; returns what failed, one by one."""
    failures: list[Exception] = []
    for failed in run_all(teardowns):
        failures += failed.exceptions if isinstance(failed, TeardownError) else [failed]
    return failures
