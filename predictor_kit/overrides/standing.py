"""What stands in a container instance: replacements, and stand-ins for all that needs what they replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dependency_injector import providers
from dependency_injector.errors import Error as InjectorError

from predictor_kit.container import AnyProvider, ContainerInstance
from predictor_kit.errors import OverrideError, TeardownError
from predictor_kit.lifecycle import run_all
from predictor_kit.overrides.renewals import Renewal, Survey, forget, remove

__all__ = ["Replaced", "Standing", "standing_in"]

MOST_SHAPES = 64
"""Sets of replaced names for which checked plans are kept."""


def standing_in(container: ContainerInstance) -> Standing:
    """What stands in ``container``; nothing where nothing was overridden before."""
    with container.lifecycle.own_lock():
        if container.overriding is None:
            container.overriding = Standing(container)
    return container.overriding  # type: ignore[no-any-return] # made here


@dataclass(eq=False, slots=True)
class Replaced:
    """One override of an instance, as `restore` takes it back; whatever was overridden since stays."""

    standing: Standing
    survey: Survey
    rewired: bool
    over: list[tuple[AnyProvider, AnyProvider]] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)

    @property
    def changed(self) -> tuple[AnyProvider, ...]:
        """The providers that are replaced."""
        return tuple(provider for provider, _ in self.over)

    def restore(self) -> None:
        """Raises `TeardownError` where something that was built meanwhile cannot be taken down."""
        self.standing.restore(self)


class Standing:
    """The overrides of one container instance, in any order of coming and going.

    ``known`` are plans that were checked for just the names that are replaced now, by the ``id`` of
    their target: what they need may have to be built anew.
    """

    def __init__(self, container: ContainerInstance) -> None:
        """Nothing replaced."""
        self._container = container
        self._lifecycle = container.lifecycle
        self._renewals: dict[AnyProvider, Renewal] = {}
        self._replaced: list[AnyProvider] = []
        self._survey: Survey | None = None
        self._shapes: dict[frozenset[AnyProvider], dict[int, Any]] = {}
        self.known: dict[int, Any] = {}

    def void(self) -> None:
        """The container has other providers than before: nothing is known of how it is wired."""
        self._survey = None
        self._shapes.clear()
        self.known = {}

    def apply(self, stand_ins: Mapping[str, AnyProvider]) -> Replaced:
        """Put each of ``stand_ins`` over the provider of its name; all or none."""
        # An object changes nothing of what needs what; but what the checks found hangs on the config.
        objects = all(type(one) is providers.Object for one in stand_ins.values())
        rewired = not objects or "config" in stand_ins
        with self._lifecycle.own_lock():
            replaced = Replaced(self, self._surveyed(), rewired)
            try:
                for name, standing in stand_ins.items():
                    self._put(replaced, name, standing)
            except BaseException:
                self.restore(replaced)
                raise
            if rewired:
                self.void()
                replaced.survey = self._surveyed()
            self._renew(replaced)
            self._turn(replaced.survey)
        return replaced

    def restore(self, replaced: Replaced) -> None:
        """Take back what `apply` did, then take down what was built meanwhile and needed it."""
        with self._lifecycle.own_lock():
            survey = self._surveyed()
            teardowns: list[Callable[[], object]] = []
            # Wired otherwise since: more than what was stood in for may have come to need it.
            if survey is not replaced.survey:
                teardowns += self._late(survey, replaced)
            for provider, standing in reversed(replaced.over):
                remove(provider, standing)
                self._replaced.remove(provider)
            # Only now, so that nobody builds an original while a replacement stands.
            for renewal in replaced.renewals:
                teardowns += renewal.leave(replaced)
            if replaced.rewired:
                self.void()
                survey = self._surveyed()
            self._turn(survey)
            failures = run_all(teardowns)
        if failures:
            raise TeardownError("what was built with a replacement could not be taken down", failures)

    def _put(self, replaced: Replaced, name: str, standing: AnyProvider) -> None:
        provider = self._container.providers[name]
        try:
            provider.override(standing)
        except InjectorError as error:
            given = standing.provides if isinstance(standing, providers.Object) else standing
            raise OverrideError(f"{name!r} cannot be replaced by {type(given).__name__}: {error}") from error
        replaced.over.append((provider, standing))
        self._replaced.append(provider)

    def _renew(self, replaced: Replaced) -> None:
        for one in replaced.survey.stale(replaced.changed):
            renewal = self._renewals.get(one)
            if renewal is None:
                renewal = self._renewals[one] = Renewal(one, self._lifecycle)
            renewal.enter(replaced)
            replaced.renewals.append(renewal)

    def _late(self, survey: Survey, replaced: Replaced) -> list[Callable[[], object]]:
        known = {renewal.original for renewal in replaced.renewals}
        late = [one for one in survey.stale(replaced.changed) if one not in known]
        levels = [self._renewals[one].levels[-1:] if one in self._renewals else [] for one in late]
        return [
            partial(forget, self._lifecycle, *(level or [one]))
            for one, level in zip(late, levels, strict=True)
        ]

    def _surveyed(self) -> Survey:
        if self._survey is None or not self._survey.holds():
            self.void()
            levels = {id(level) for renewal in self._renewals.values() for level in renewal.levels}
            self._survey = Survey(self._container, levels)
        return self._survey

    def _turn(self, survey: Survey) -> None:
        """What stands now is what is known; nothing is compiled for it yet."""
        survey.note()
        self._container.resolvers.clear()
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        self.known = self._shapes.setdefault(frozenset(self._replaced), {})
