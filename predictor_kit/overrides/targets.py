"""What can be overridden: a container instance, a container class, a loaded predictor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from predictor_kit.builds import Rebuildable
from predictor_kit.container import AnyProvider, is_container, is_container_class, redefined
from predictor_kit.errors import OverrideError
from predictor_kit.overrides.replacements import stand_ins
from predictor_kit.overrides.standing import standing_in

__all__ = ["Restore", "apply"]

Restore = Callable[[], None]

_classes = threading.Lock()


def apply(target: Any, replacements: Mapping[str, Any], *, strict: bool = True) -> Restore:
    """Override by name, all or none; returns what takes it back, whatever was overridden since.

    Taking back raises `TeardownError` where something cannot be taken down.
    """
    loaded = isinstance(target, Rebuildable)
    container: Any = target.container if loaded else target
    if not is_container(container):
        message = "only a container, its class or a loaded predictor has names to override"
        raise OverrideError(f"{message}, not {target!r}")
    standing = stand_ins(container, replacements, strict=strict)
    if not standing:
        return _nothing
    if is_container_class(container):
        return _redefine(container, standing)
    restore = standing_in(container).apply(standing).restore
    return _rebuild(target, restore) if loaded else restore


def _redefine(cls: Any, standing: Mapping[str, AnyProvider]) -> Restore:
    entries = list(standing.items())
    with _classes:
        redefined(cls).extend(entries)

    def restore() -> None:
        with _classes:
            kept = [one for one in redefined(cls) if not any(one is entry for entry in entries)]
            redefined(cls)[:] = kept

    return restore


def _rebuild(loaded: Rebuildable[Any], restore: Restore) -> Restore:
    try:
        level = loaded.rebuild()
    except BaseException:
        restore()
        raise
    return partial(loaded.withdraw, level, restore)


def _nothing() -> None:
    """Nothing was replaced."""
