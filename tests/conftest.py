"""How hard Hypothesis tries: ``HYPOTHESIS_PROFILE=thorough`` for a search, less and repeatable in CI."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# A deadline measures the machine, not the code.
settings.register_profile("default", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,  # a change is judged by what it changes, not by luck
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))
