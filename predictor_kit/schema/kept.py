"""Which keys predictor_kit acts on itself, and which it keeps for what hosts the predictor."""

from __future__ import annotations

from typing import Final

__all__ = ["is_kept"]

_KEPT: Final = frozenset(
    {
        "apis",
        "autoscaling",
        "compute",
        "dependencies",
        "image",
        "models",
        "multi_model_reloading",
        "networking",
        "processes_per_replica",
        "protobuf_path",
        "server_side_batching",
        "shm_size",
        "tensorflow_serving_image",
        "threads_per_process",
        "update_strategy",
    }
)


def is_kept(key: str) -> bool:
    """Whether ``key``, of an API or of its code, is checked and then only kept in the spec."""
    return key in _KEPT
