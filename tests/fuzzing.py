"""How often spoilt answers and pushes are read: 2,000 times in a usual run, as often as `--fuzz` says in a long one.

pytest tests/contracts --fuzz 100000
"""

from collections.abc import Sized

from hypothesis import HealthCheck, settings

# set by the option before tests are collected
total = 2_000


def shared_among(samples: Sized) -> settings:
    """Settings under which each of these samples gets its share of the total."""
    share = -(-total // max(len(samples), 1))
    return settings(max_examples=share, deadline=None, suppress_health_check=list(HealthCheck))
