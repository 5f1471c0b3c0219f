"""What a callable asks for: its parameters, read once and remembered."""

from predictor_kit.signatures.callables import is_async, returns_generator
from predictor_kit.signatures.plans import Kind, Parameter, Plan, plan_of

__all__ = ["Kind", "Parameter", "Plan", "is_async", "plan_of", "returns_generator"]
