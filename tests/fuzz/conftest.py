"""How many clusters are tried.

`make test` tries the same 600 clusters each time, `make thorough` 2,100, and `make fuzz` 21,000
others; each with a share of files, updates and apps, which take longer.
"""

from hypothesis import HealthCheck, settings

from tests.thorough import EVERY_FAULT

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)

settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    max_examples=240 if EVERY_FAULT else 100,
    suppress_health_check=SLOW,
)
settings.register_profile(
    "long", database=None, deadline=None, max_examples=2400, suppress_health_check=SLOW
)
settings.load_profile("same")
