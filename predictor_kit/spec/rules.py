"""What holds between several keys of an API: each rule says it of one of them and names the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction

from predictor_kit.references import OutsideText
from predictor_kit.spec.findings import Finding, Path
from predictor_kit.spec.quantities import parse_quantity
from predictor_kit.spec.scalars import typed
from predictor_kit.spec.scaling import share
from predictor_kit.spec.view import UnknownError, View

__all__ = ["COMPUTE_RULES", "SCALING_RULES", "SPLITTER_RULES", "TASK_RULES", "Rule", "at_most", "broken"]

Rule = Callable[[View], Iterator[Finding]]

_WEIGHTS = 100
_PROCESSES = ("predictor", "processes_per_replica")
_THREADS = ("predictor", "threads_per_process")
_MEM = ("compute", "mem")
_GPU = ("compute", "gpu")
_INF = ("compute", "inf")
_SHM = ("predictor", "shm_size")
_MIN = ("autoscaling", "min_replicas")
_MAX = ("autoscaling", "max_replicas")
_INIT = ("autoscaling", "init_replicas")
_TARGET = ("autoscaling", "target_replica_concurrency")
_CONCURRENCY = ("autoscaling", "max_replica_concurrency")
_SURGE = ("update_strategy", "max_surge")
_UNAVAILABLE = ("update_strategy", "max_unavailable")


def broken(rules: tuple[Rule, ...], view: View) -> Iterator[Finding]:
    """What ``rules`` find wrong, one thing of each key.

    A rule ends where it asks for a value that is wrong itself.
    """
    said: set[Path] = set()
    for rule in rules:
        with suppress(UnknownError):
            for finding in rule(view):
                if finding.path not in said:
                    said.add(finding.path)
                    yield view.explained(finding)


def at_most(view: View, less: tuple[str, ...], more: tuple[str, ...]) -> Iterator[Finding]:
    """The value at ``less``, which is given, is not greater than that at ``more``."""
    if view(*less) > view(*more):
        yield Finding(less, f"must be at most {view.named(*more)}")


def _replicas_in_order(view: View) -> Iterator[Finding]:
    if view(*_MIN) > view(*_MAX):
        yield from at_most(view, _MIN, _MAX)
    elif view.has(*_INIT):
        yield from at_most(view, _INIT, _MAX)
        yield from at_most(view, _MIN, _INIT)


def _target_within_concurrency(view: View) -> Iterator[Finding]:
    if view.has(*_TARGET):
        yield from at_most(view, _TARGET, _CONCURRENCY)
    elif view(*_PROCESSES) * view(*_THREADS) > view(*_CONCURRENCY):
        both = f"{view.named(*_PROCESSES)} times {view.named(*_THREADS)}"
        yield Finding(_CONCURRENCY, f"must be at least target_replica_concurrency, by default {both}")


def _updates_move(view: View) -> Iterator[Finding]:
    if share(view.text(*_SURGE)) == share(view.text(*_UNAVAILABLE)) == 0:
        yield Finding(_UNAVAILABLE, f"must be more than 0 with {view.named(*_SURGE)}")


def _gpu_or_inf(view: View) -> Iterator[Finding]:
    if view(*_GPU) and view(*_INF):
        yield Finding(_INF, f"must be 0 with {view.named(*_GPU)}")


def _no_inf(view: View) -> Iterator[Finding]:
    if view(*_INF):
        yield Finding(_INF, "must be 0 in a TaskAPI: Cortex 0.32 itself fails on it")


def _shared_memory_within(view: View) -> Iterator[Finding]:
    if view.has(*_SHM) and view.has(*_MEM) and _bytes(view, _SHM) > _bytes(view, _MEM):
        yield Finding(_SHM, f"must be at most {view.named(*_MEM)}")


def _bytes(view: View, path: tuple[str, ...]) -> Fraction:
    return parse_quantity(view.text(*path)) or Fraction(0)


def _weights_sum_up(view: View) -> Iterator[Finding]:
    weights = [split["weight"] for split in view("apis") or () if not typed(split.get("shadow"))]
    total = sum(map(typed, weights))
    if total != _WEIGHTS:
        secret = any(isinstance(weight, OutsideText) for weight in weights)
        told = "" if secret else f", they sum to {total}"
        yield Finding(("apis",), f"the weights of all but the shadow must sum to {_WEIGHTS}{told}", key=True)


def _split_once(view: View) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, split in enumerate(view("apis") or ()):
        first = seen.setdefault(split["name"], index)
        if first != index:
            place = view.where("apis", first, "name")
            yield Finding(("apis", index, "name"), f"is the name of another of these APIs too{place}")


def _one_shadow(view: View) -> Iterator[Finding]:
    shadows = [index for index, split in enumerate(view("apis") or ()) if typed(split.get("shadow"))]
    for index in shadows[1:]:
        place = view.where("apis", shadows[0], "shadow")
        yield Finding(("apis", index, "shadow"), f"must be false: another API is the shadow already{place}")


COMPUTE_RULES: tuple[Rule, ...] = (_gpu_or_inf, _shared_memory_within)
"""Rules for every API with a predictor, of what its replicas run on."""
TASK_RULES: tuple[Rule, ...] = (_no_inf,)
"""Rules for a TaskAPI. Cortex 0.32 itself fails on ``compute.inf`` here."""
SCALING_RULES: tuple[Rule, ...] = (_replicas_in_order, _target_within_concurrency, _updates_move)
"""Rules for a RealtimeAPI and an AsyncAPI."""
SPLITTER_RULES: tuple[Rule, ...] = (_weights_sum_up, _split_once, _one_shadow)
"""Rules for a TrafficSplitter."""
