"""What a callable asks for: its parameters, read once and remembered."""

from predictor_kit.signatures.annotations import Unevaluated
from predictor_kit.signatures.callables import PLACE, bare, is_async, returns_generator
from predictor_kit.signatures.plans import Kind, Parameter, Plan, plan_of

__all__ = [
    "PLACE",
    "Kind",
    "Parameter",
    "Plan",
    "Unevaluated",
    "bare",
    "is_async",
    "plan_of",
    "returns_generator",
]
