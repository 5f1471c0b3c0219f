"""Stand-ins for what Cortex 0.32 handed to constructors besides config and metrics.

The methods are those of Cortex's own clients (``cortex_internal/lib/client`` at v0.32.0), and so
are the rules for a model's name and version. A model here is any callable.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from predictor_kit.errors import PredictorKitError, did_you_mean

__all__ = ["FakeOnnxClient", "FakePythonClient", "FakeTensorFlowClient", "ModelCall", "fake_job_spec"]

Model = Callable[[Any], Any]


class ModelCall(NamedTuple):
    """One call of a fake client: what it was given. ``model_input`` is None where only a model was got."""

    model_input: Any
    model_name: str | None
    model_version: str


class _Models:
    """One model without a name, or several by name, and what was asked of them."""

    def __init__(self, model: Any = None, *, models: Mapping[str, Any] | None = None) -> None:
        """``model`` is the only one; or ``models`` has several by name, one of which each call names."""
        if (model is None) is (models is None):
            raise TypeError("either one model is given, or models by name")
        self._model, self._models = model, models
        self.calls: list[ModelCall] = []

    def _chosen(self, model_input: Any, model_name: str | None, model_version: str) -> Any:
        if model_version != "latest" and not model_version.isnumeric():
            raise FakeClientError(f"model_version is a number as text or 'latest', not {model_version!r}")
        self.calls.append(ModelCall(model_input, model_name, model_version))
        if self._models is None:
            return self._model
        there = ", ".join(self._models)
        if model_name is None:
            raise FakeClientError(f"model_name is missing, and there are several models: {there}")
        if model_name not in self._models:
            near = did_you_mean(model_name, self._models)
            raise FakeClientError(f"there is no model {model_name!r}{near}; there are: {there}")
        return self._models[model_name]


class FakeClientError(PredictorKitError):
    """A call of a fake client that Cortex's own client would have refused."""


class FakePythonClient(_Models):
    """Stands in for ``python_client``: hands out models. ``calls`` lists what was asked for."""

    def get_model(self, model_name: str | None = None, model_version: str = "latest") -> Any:
        """The model: what the predictor's ``load_model`` would have returned."""
        return self._chosen(None, model_name, model_version)


class FakeTensorFlowClient(_Models):
    """Stands in for ``tensorflow_client``: predicts by calling a model. ``calls`` lists the inputs."""

    def predict(self, model_input: Any, model_name: str | None = None, model_version: str = "latest") -> Any:
        """What the model returns for ``model_input``; Cortex's client returned a dict by output."""
        return self._chosen(model_input, model_name, model_version)(model_input)


class FakeOnnxClient(FakeTensorFlowClient):
    """Stands in for ``onnx_client``: predicts by calling a model. ``calls`` lists the inputs.

    Cortex's client returned the list of the model's outputs.
    """

    def get_model(self, model_name: str | None = None, model_version: str = "latest") -> Any:
        """The model itself; Cortex's client returned a dict with its session and signatures."""
        return self._chosen(None, model_name, model_version)


_JOB = {
    "job_id": "7fb9b2c3c9e8d3a1",
    "api_name": "batch",
    "kind": "BatchAPI",
    "workers": 1,
    "sqs_dead_letter_queue": None,
    "config": {},
    "timeout": None,
    "api_id": "batch-api-id",
    "spec_id": "batch-spec-id",
    "predictor_id": "batch-predictor-id",
    "sqs_url": "",
    "total_batch_count": 1,
    "start_time": "2021-03-16T15:50:50Z",
}


def fake_job_spec(**changes: Any) -> dict[str, Any]:
    """A ``job_spec`` as a BatchAPI of Cortex 0.32 gets it, with ``changes`` of its keys.

    Raises `FakeClientError` for a key that a job has not.
    """
    for key in changes:
        if key not in _JOB:
            raise FakeClientError(
                f"a job has no key {key!r}{did_you_mean(key, _JOB)}; it has: {', '.join(_JOB)}"
            )
    return copy.deepcopy({**_JOB, **changes})
