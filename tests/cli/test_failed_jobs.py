"""A job that fails is counted and kept for a day, and Redis is told no more than what it was."""

from __future__ import annotations

import json

from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from adapters.queue import FAILURES_KEPT_SECONDS, QUEUE_NAME
from tests.cli.processes import Processes
from tests.cli.test_family import eventually


def test_a_failed_job_is_counted_and_kept_for_a_day_and_its_traceback_is_in_the_log_alone(
    processes: Processes, redis_url: str
) -> None:
    processes.queue.enqueue("set_up_installation", 404)
    processes.start("worker")
    assert eventually(lambda: bool((load := processes.queue.load()) and load.failures))
    load = processes.queue.load()
    assert load is not None
    assert (dict(load.failures), load.workers) == ({"set_up_installation": 1}, 1)
    with Redis.from_url(redis_url) as redis:
        failed = FailedJobRegistry(queue=Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer))
        assert eventually(lambda: failed.count == 1)
        (job_id,) = failed.get_job_ids()
        kept = redis.ttl(f"rq:job:{job_id}")
        assert 0 < kept <= FAILURES_KEPT_SECONDS
        result = failed.job_class.fetch(job_id, connection=redis, serializer=JSONSerializer).latest_result()
        assert result is not None
        assert "JobFailedError: set_up_installation: NoResultFound: No row" in str(result.exc_string)
        assert "use_cases/install.py" not in str(result.exc_string)
        # A day later whoever counts, or the next worker's maintenance, forgets it.
        failed.cleanup(timestamp=redis.time()[0] + FAILURES_KEPT_SECONDS + 1)
        assert failed.count == 0
    lines = [json.loads(line) for line in (processes.folder / "worker.log").read_text().splitlines()]
    (told,) = [line for line in lines if line["event"] == "job.failed"]
    assert (told["job"], told["job_id"], told["installation_id"]) == ("set_up_installation", job_id, 404)
    assert "use_cases/install.py" in told["exception"]
