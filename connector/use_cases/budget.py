"""How long a job may go on asking: well inside its time-out, the rest is the next job's."""

from __future__ import annotations

import datetime as dt

from connector.use_cases.world import World


class Budget:
    """Half of a job's time-out from now on: a call begun inside it ends before the job must."""

    def __init__(self, world: World) -> None:
        self._clock = world.outside.clock
        self._until = self._clock.wall() + dt.timedelta(seconds=world.settings.job_timeout_seconds / 2)

    def is_spent(self) -> bool:
        """Whether no further call should be begun."""
        return self._clock.wall() >= self._until
