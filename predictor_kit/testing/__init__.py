"""What a predictor's tests need: metrics to assert on, and stand-ins for Cortex's model clients.

The pytest plugin, which is there as soon as predictor_kit is installed, hands them out as fixtures
(see `predictor_kit.pytest_plugin`); here they are for any other test framework.
"""

from predictor_kit.metrics import InMemoryMetrics
from predictor_kit.testing.clients import (
    FakeOnnxClient,
    FakePythonClient,
    FakeTensorFlowClient,
    fake_job_spec,
)
from predictor_kit.testing.golden import Difference, GoldenError, Tolerance, differences
from predictor_kit.testing.recorded import Counter, Gauge, Histogram, RecordedMetrics

__all__ = [
    "Counter",
    "Difference",
    "FakeOnnxClient",
    "FakePythonClient",
    "FakeTensorFlowClient",
    "Gauge",
    "GoldenError",
    "Histogram",
    "InMemoryMetrics",
    "RecordedMetrics",
    "Tolerance",
    "differences",
    "fake_job_spec",
]
