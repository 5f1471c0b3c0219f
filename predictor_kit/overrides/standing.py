"""What stands in a container instance: replacements, and stand-ins for all that needs what they replace."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from dependency_injector import providers
from dependency_injector.errors import Error as InjectorError

from predictor_kit.container import AnyProvider, ContainerInstance
from predictor_kit.errors import OverrideError, TeardownError
from predictor_kit.lifecycle import run_all
from predictor_kit.overrides.renewals import Renewal, Survey, forget, remove

__all__ = ["Replaced", "Standing", "standing_in"]

Shape = tuple[frozenset[AnyProvider], Hashable]
MOST_SHAPES = 64
"""Sets of replaced names for which checked plans are kept."""


def standing_in(container: ContainerInstance) -> Standing:
    """What stands in ``container``; nothing where nothing was overridden before."""
    return container.overriding or _begin(container)


def _begin(container: ContainerInstance) -> Standing:
    with container.lifecycle.own_lock():
        # Another thread may have come first.
        container.overriding = container.overriding or Standing(container)
        return container.overriding  # type: ignore[no-any-return] # made here


@dataclass(eq=False, slots=True)
class Replaced:
    """One override of an instance, as `restore` takes it back; whatever was overridden since stays.

    ``findings`` are those from before where it changes what needs what, else None.
    """

    standing: Standing
    survey: Survey
    findings: Findings | None
    over: list[tuple[AnyProvider, AnyProvider]]
    renewals: list[Renewal]

    @property
    def changed(self) -> tuple[AnyProvider, ...]:
        """The providers that are replaced."""
        return tuple(provider for provider, _ in self.over)

    def restore(self) -> None:
        """Raises `TeardownError` where something that was built meanwhile cannot be taken down."""
        self.standing.restore(self)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out of an instance as it is wired: what needs what, and what was checked.

    ``epoch`` counts the changes of its providers. ``shapes`` are the checked plans for each set of
    replaced names; what the checks found hangs on the config, too.
    """

    epoch: int
    survey: Survey | None
    shapes: dict[Shape, dict[int, Any]]


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
        self._epoch = 0
        self._findings = Findings(0, None, {})
        self.known: dict[int, Any] = {}

    def void(self) -> None:
        """The container has other providers than before: nothing is known of how it is wired."""
        self._epoch += 1
        self.known = {}

    def apply(self, stand_ins: Mapping[str, AnyProvider]) -> Replaced:
        """Put each of ``stand_ins`` over the provider of its name; all or none."""
        with self._lifecycle.own_lock():
            # An object, a config too, changes nothing of what needs what.
            objects = all(type(one) is providers.Object for one in stand_ins.values())
            survey = self._surveyed()
            replaced = Replaced(self, survey, None if objects else self._findings, [], [])
            try:
                for name, standing in stand_ins.items():
                    self._put(replaced, name, standing)
                if not objects:
                    self._findings = Findings(self._epoch, None, {})
                    replaced.survey = self._surveyed()
                self._renew(replaced)
            except BaseException:
                self.restore(replaced)
                raise
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
            survey.settle()
            if replaced.findings is not None:
                self._findings = replaced.findings
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
        survey = self._findings.survey
        if survey is None or self._findings.epoch != self._epoch or not survey.holds():
            # Of those that stand in nowhere the originals may be gone.
            self._renewals = {one: renewal for one, renewal in self._renewals.items() if renewal.levels}
            levels = {id(level) for renewal in self._renewals.values() for level in renewal.levels}
            survey = Survey(self._container, levels)
            self._findings = Findings(self._epoch, survey, {})
        return survey

    def _turn(self, survey: Survey) -> None:
        """What stands now is what is known; nothing is compiled for it yet."""
        survey.note()
        self._container.resolvers.clear()
        shapes = self._findings.shapes
        if len(shapes) >= MOST_SHAPES:
            shapes.clear()
        config = _told(self._container.providers["config"].last_overriding)
        self.known = shapes.setdefault((frozenset(self._replaced), config), {})


def _told(config: Any) -> Hashable:
    """What tells a replacement of the config from another one: its data where it is plain, else itself."""
    try:
        # Keeps 1, True and 1.0 apart, and refuses all that is not just data.
        return marshal.dumps(config.provides, 2)
    except (AttributeError, ValueError):
        return config  # type: ignore[no-any-return] # a provider
