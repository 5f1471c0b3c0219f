"""What holds between the keys of ``predictor``, its type and the API's kind."""

from __future__ import annotations

from collections.abc import Iterator

from predictor_kit.spec.findings import Finding
from predictor_kit.spec.rules import Rule, at_most
from predictor_kit.spec.view import View

__all__ = ["CODE_RULES", "ONLY_REALTIME"]

_TYPE = ("predictor", "type")
_PROCESSES = ("predictor", "processes_per_replica")
_THREADS = ("predictor", "threads_per_process")
_BATCHING = ("predictor", "server_side_batching")
_BATCH_SIZE = (*_BATCHING, "max_batch_size")
_PROTOBUF = ("predictor", "protobuf_path")
_MODELS = ("predictor", "models")
_RELOADING = ("predictor", "multi_model_reloading")
_INF = ("compute", "inf")
_CORES_OF_INF = 4


def _only_realtime(*path: str) -> Rule:
    """Only a RealtimeAPI has the key at ``path``."""

    def rule(view: View) -> Iterator[Finding]:
        if view.has(*path):
            yield Finding(path, f"only a RealtimeAPI can have this key, see {view.named('kind')}", key=True)

    return rule


def _one_unless_realtime(*path: str) -> Rule:
    """Only in a RealtimeAPI is the number at ``path`` more than 1."""

    def rule(view: View) -> Iterator[Finding]:
        if view(*path) > 1:
            yield Finding(path, f"must be 1, only a RealtimeAPI can have more: see {view.named('kind')}")

    return rule


def _only_of(
    types: tuple[str, ...], *path: str, among: tuple[str, ...] = ("python", "tensorflow", "onnx")
) -> Rule:
    """Of predictors of the types ``among`` only those of ``types`` have the key at ``path``."""

    def rule(view: View) -> Iterator[Finding]:
        if view.has(*path) and view(*_TYPE) in among and view(*_TYPE) not in types:
            only = " or ".join(types)
            yield Finding(
                path, f"only a {only} predictor can have this key, see {view.named(*_TYPE)}", key=True
            )

    return rule


def _no_signature_key(kind: str, *section: str) -> Rule:
    """A predictor of type ``kind`` names no signatures of its models in ``section``."""

    def rule(view: View) -> Iterator[Finding]:
        if view(*_TYPE) != kind:
            return
        message = f"only a tensorflow predictor can have this key, see {view.named(*_TYPE)}"
        if view.has(*section, "signature_key"):
            yield Finding((*section, "signature_key"), message, key=True)
        for index, model in enumerate(view(*section, "paths") or ()):
            if "signature_key" in model:
                yield Finding((*section, "paths", index, "signature_key"), message, key=True)

    return rule


def _models_are_there(view: View) -> Iterator[Finding]:
    if view(*_TYPE) != "python" and not view.has(*_MODELS):
        message = f"the key 'models' is missing, see {view.named(*_TYPE)}"
        yield Finding(_MODELS, message, key=True, at=("predictor",))


def _one_source(*section: str) -> Rule:
    """Models come from exactly one of three keys."""

    def rule(view: View) -> Iterator[Finding]:
        if not view.has(*section):
            return
        given = [key for key in ("path", "paths", "dir") if view.has(*section, key)]
        if not given:
            yield Finding(section, "must have one of 'path', 'paths' and 'dir'", key=True)
        for key in given[1:]:
            first = view.where(*section, given[0])
            message = f"cannot stand beside {given[0]!r}{first}: only one of 'path', 'paths' and 'dir' can"
            yield Finding((*section, key), message, key=True)

    return rule


def _named_once(*section: str) -> Rule:
    """No two models have one name."""

    def rule(view: View) -> Iterator[Finding]:
        if not view.has(*section):
            return
        seen: dict[str, int] = {}
        for index, model in enumerate(view(*section, "paths") or ()):
            first = seen.setdefault(model["name"], index)
            if first != index:
                place = view.where(*section, "paths", first, "name")
                yield Finding((*section, "paths", index, "name"), f"is the name of another model too{place}")

    return rule


def _cached(*section: str) -> Rule:
    """A cache of models has both its sizes, in order, and one process."""
    memory, disk = (*section, "cache_size"), (*section, "disk_cache_size")

    def rule(view: View) -> Iterator[Finding]:
        if not view.has(*section):
            return
        for given, other in ((memory, disk), (disk, memory)):
            if view.has(*given) and not view.has(*other):
                yield Finding(given, f"needs {other[-1]!r} beside it", key=True)
        if view.has(*memory) and view.has(*disk):
            yield from at_most(view, memory, disk)
            if view(*_PROCESSES) > 1:
                yield Finding(_PROCESSES, f"must be 1 where models are cached: see {view.named(*memory)}")

    return rule


def _batch_fits_threads(view: View) -> Iterator[Finding]:
    if not view.has(*_BATCHING):
        return
    size, threads = view(*_BATCH_SIZE), view(*_THREADS)
    if view(*_TYPE) == "python" and size != threads:
        yield Finding(_BATCH_SIZE, f"must be equal to {view.named(*_THREADS)} in a python predictor")
    if view(*_TYPE) == "tensorflow" and view(*_INF) and size > threads:
        yield Finding(_BATCH_SIZE, f"must be at most {view.named(*_THREADS)} with compute.inf")
    if view(*_TYPE) == "tensorflow" and not view(*_INF) and size > threads * view(*_PROCESSES):
        both = f"{view.named(*_PROCESSES)} times {view.named(*_THREADS)}"
        yield Finding(_BATCH_SIZE, f"must be at most {both}")


def _no_batches_by_grpc(view: View) -> Iterator[Finding]:
    if view.has(*_BATCHING) and view.has(*_PROTOBUF):
        yield Finding(_BATCHING, f"cannot stand beside 'protobuf_path'{view.where(*_PROTOBUF)}", key=True)


def _no_inf_with_onnx(view: View) -> Iterator[Finding]:
    if view(*_INF) and view(*_TYPE) == "onnx":
        yield Finding(_INF, f"must be 0 for an onnx predictor, see {view.named(*_TYPE)}")


def _processes_share_inf(view: View) -> Iterator[Finding]:
    if view(*_INF) and _CORES_OF_INF * view(*_INF) % view(*_PROCESSES):
        yield Finding(
            _PROCESSES,
            f"must be 1, 2 or {_CORES_OF_INF}, which share its cores evenly: see {view.named(*_INF)}",
        )


CODE_RULES: tuple[Rule, ...] = (
    _only_of(("tensorflow",), "predictor", "tensorflow_serving_image"),
    _only_of(("tensorflow", "onnx"), *_MODELS),
    _only_of(("python",), *_RELOADING),
    _only_of(("python", "tensorflow"), *_BATCHING),
    _models_are_there,
    _no_signature_key("onnx", *_MODELS),
    _no_signature_key("python", *_RELOADING),
    _one_source(*_MODELS),
    _one_source(*_RELOADING),
    _named_once(*_MODELS),
    _named_once(*_RELOADING),
    _cached(*_MODELS),
    _cached(*_RELOADING),
    _batch_fits_threads,
    _no_batches_by_grpc,
    _no_inf_with_onnx,
    _processes_share_inf,
)
"""Rules for every API with a predictor."""

ONLY_REALTIME: tuple[Rule, ...] = (
    _only_realtime(*_PROTOBUF),
    _only_realtime(*_RELOADING),
    _only_realtime(*_BATCHING),
    _only_realtime(*_MODELS, "cache_size"),
    _only_realtime(*_MODELS, "disk_cache_size"),
    _one_unless_realtime(*_PROCESSES),
    _one_unless_realtime(*_THREADS),
)
"""Rules for an API other than a RealtimeAPI."""
