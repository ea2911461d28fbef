"""Stands in for what would make every preparation different: the clock and random identifiers."""

import time
import uuid
from datetime import UTC, datetime
from random import Random

SEED = 2008
EPOCH = datetime(2024, 11, 23, 12, 0, tzinfo=UTC)

_random = Random(SEED)


def _uuid4() -> uuid.UUID:
    return uuid.UUID(int=_random.getrandbits(128), version=4)


def _now() -> datetime:
    return EPOCH


def install() -> None:
    """Replace them in this process. Before Django's models are imported, which keep what they find."""
    import django.utils.timezone

    uuid.uuid4 = _uuid4
    django.utils.timezone.now = _now
    time.time = EPOCH.timestamp
