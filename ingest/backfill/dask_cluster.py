"""Connect to the Dask cluster of a backfill, check the versions of its workers, and install the job in them.

A Dask scheduler and its workers execute any code that is sent to them. Connections therefore use TLS with certificates
on both sides. A cluster on this machine gets temporary certificates. An address with tls:// needs the certificates of
the cluster. An address with tcp:// is refused unless an option allows it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import dask
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster, Security, WorkerPlugin

from ingest.backfill import partition_task
from ingest.backfill.partition_task import JobSpec
from ingest.errors import SuowenError, UsageError
from ingest.worker_pool import WorkerDied

P = ParamSpec("P")
R = TypeVar("R")
#: maximum seconds to wait for the connection to a scheduler, and then for its first worker
WAIT = 30.0
#: Dask settings. Logs with an entry for each task are bounded, so that client and scheduler do not grow. A task that
#: killed its worker twice fails; its partition is then read with the option `careful` of `partition_task`. The
#: statistical profiler is off. A worker is killed at 95 % of its memory limit. By default, a LocalCluster removes a
#: worker that is absent 15 s after its process died; a page that killed a worker twice left a cluster without workers
#: (measured). The nannies restart workers in any case, so this removal is switched off by a timeout of ten years
_DASK = {
    "distributed.deploy.lost-worker-timeout": "87600h",
    "distributed.admin.low-level-log-length": 1_000,
    "distributed.scheduler.allowed-failures": 1,
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": f"{WAIT:g}s",
    "distributed.worker.memory.terminate": 0.95,
}


#: seconds without any worker after which the cluster counts as lost; also the time limit for an answer of the
#: scheduler. A killed worker was back after 2 to 11 s (45 kills on two cores with a load of 4 to 5)
ABSENT = 60.0
#: seconds between two requests to the scheduler while no task finishes; not measured
ASK = 2.0
#: maximum number of calls of `ClusterWorkers` at once, each in a thread of the client; not measured
MOST_CALLERS = 32
#: end of every message about a lost cluster
GOES_ON = "what was stored stays, the same command goes on"


class ClusterError(SuowenError):
    """The cluster cannot be used."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of the certificate authority, of the client's certificate and of its key.

    None means the file that is named in Dask's configuration.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


@dataclass(slots=True)
class Cluster:
    """A connected cluster. `dashboard` is the URL of its status page, "" if there is none."""

    client: Client
    #: digest of the job that is installed in the workers
    digest: str
    #: number of tasks that the workers run at the same time
    width: int
    dashboard: str


class _Setup(WorkerPlugin):  # type: ignore[misc]
    """Plugin that installs the job in every worker, also in workers that start later."""

    name = "suowen"
    #: False, so that the job replaces the job of an earlier command in a cluster that keeps running
    idempotent = False

    def __init__(self, spec: JobSpec) -> None:
        self.spec = spec

    def setup(self, worker: Any) -> None:
        partition_task.install(self.spec)


def identity() -> str:
    """Return the versions and the code hash of this process. The client runs this in each worker to compare them."""
    return partition_task.fingerprint()


@contextmanager
def opened(
    where: str, spec: JobSpec, *, workers: int | None = None, tls: Tls | None = None, insecure: bool = False
) -> Iterator[Cluster]:
    """Connect to a cluster (see `connected`) and install the job in its workers.

    Raises UsageError if `security_of` refuses the address. Raises ClusterError if the cluster cannot be used.
    """
    with connected(where, workers=workers, tls=tls, insecure=insecure) as client:
        yield prepared(client, where, spec)


@contextmanager
def connected(
    where: str, *, workers: int | None = None, tls: Tls | None = None, insecure: bool = False
) -> Iterator[Client]:
    """Connect to a cluster at an address, or start one on this machine if `where` is "local".

    Raises UsageError if `security_of` refuses the address. Raises ClusterError if no scheduler answers at the address,
    or if the scheduler has no worker.
    """
    security = None if where == "local" else security_of(where, tls or Tls(), insecure)
    verbose = logging.getLogger().getEffectiveLevel() <= logging.INFO
    logging.getLogger("distributed").setLevel(logging.INFO if verbose else logging.CRITICAL)
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_DASK))
        if where == "local":
            yield stack.enter_context(_local(workers or os.cpu_count() or 1))
        else:
            yield stack.enter_context(_remote(where, security))


def prepared(client: Client, where: str, spec: JobSpec) -> Cluster:
    """Check the workers and install the job in them. Raises ClusterError if a worker cannot run it."""
    _check(client, where, spec)
    try:
        client.register_plugin(_Setup(spec), name=_Setup.name)
    except Exception as error:
        raise ClusterError(f"{where}: a worker did not take the configuration: {error}") from error
    info = client.scheduler_info(n_workers=-1)["workers"]
    width = sum(int(worker["nthreads"]) for worker in info.values())
    return Cluster(client, spec.digest, width, client.dashboard_link or "")


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    """Start workers on this machine, one thread each, with temporary certificates."""
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            security=Security.temporary(),
            protocol="tls",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def _remote(where: str, security: Security | None) -> Iterator[Client]:
    try:
        client = Client(where, security=security, timeout=WAIT, name="suowen")
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise ClusterError(f"{where}: no scheduler answers there ({str(error) or type(error).__name__})") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError as error:
            raise ClusterError(f"{where}: the scheduler has no worker; start one with `dask worker {where}`") from error
        yield client


def security_of(where: str, tls: Tls, insecure: bool) -> Security | None:
    """Return the certificates for an address; return None for tcp:// with `insecure`.

    Raises UsageError for tcp:// without `insecure`, for any scheme other than tls:// and tcp://, and for missing
    certificates.
    """
    scheme = where.partition("://")[0] if "://" in where else ""
    if scheme == "tcp":
        if not insecure:
            raise UsageError(
                f"--cluster {where}: refused, because anybody who reaches such a scheduler can run programs on its "
                "workers; start it with TLS and write tls://HOST:8786, or add --insecure in a network that you trust"
            )
        return None
    if scheme != "tls":
        raise UsageError(f"--cluster {where}: write local or tls://HOST:PORT, such as tls://10.0.0.5:8786")
    given = {"tls_ca_file": tls.ca, "tls_client_cert": tls.cert, "tls_client_key": tls.key}
    for path in given.values():
        if path is not None and not path.is_file():
            raise UsageError(f"{path}: no such file; name the certificate of the cluster")
    security = Security(
        require_encryption=True, **{name: str(path) for name, path in given.items() if path is not None}
    )
    if not security.tls_ca_file or not security.tls_client_cert:
        raise UsageError(
            f"--cluster {where}: TLS needs the certificates of the cluster: --tls-ca FILE --tls-cert FILE --tls-key "
            "FILE, or distributed.comm.tls in Dask's configuration (docs/scale.md)"
        )
    return security


def _check(client: Client, where: str, spec: JobSpec) -> None:
    """Raise ClusterError if a worker does not answer or has another version of Dask or of this program."""
    try:
        client.get_versions(check=True)
        found: dict[str, str] = client.run(identity)
    except Exception as error:
        reason = " ".join(str(error).split())[:400]
        raise ClusterError(
            f"{where}: its workers cannot run this program ({type(error).__name__}: {reason}); install the same "
            "versions of Python and suowen[backfill] there"
        ) from error
    for address, program in found.items():
        if program != spec.program:
            raise ClusterError(
                f"{where}: worker {address} has {program}, this command {spec.program}; install the same version there"
            )


def wait_for(arrived: threading.Event, client: Client) -> None:
    """Wait until `arrived` is set. Raises ClusterError if the cluster is lost first.

    The cluster is lost if the client is neither connected to the scheduler nor connecting, or if there is no worker for
    ABSENT seconds.
    """
    absent: float | None = None
    while not arrived.wait(ASK):
        if client.status not in ("running", "connecting"):
            raise ClusterError(f"the scheduler of the cluster is gone; {GOES_ON}")
        if _count_workers(client):
            absent = None
            continue
        absent = absent or time.monotonic()
        if time.monotonic() - absent >= ABSENT:
            raise ClusterError(f"the cluster has had no worker for {ABSENT:g} s; start workers again; {GOES_ON}")


def _count_workers(client: Client) -> int:
    """Return the number of workers; return 0 if the scheduler does not answer."""
    try:
        found = client.sync(client.scheduler.identity, n_workers=0, callback_timeout=ABSENT)
    except (OSError, TimeoutError, RuntimeError, AttributeError):  # no answer in time, or a closed connection
        return 0
    return int(found["n_workers"])


class ClusterWorkers:
    """TaskPool of a RunContext. Each call is a task of the cluster, with the time and memory limits of the job."""

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self._cluster, self._home = cluster, home

    @property
    def size(self) -> int:
        """Number of calls that may run at once.

        That is twice the number of tasks that the cluster runs at once, so that no worker is idle, but at most
        MOST_CALLERS.
        """
        return min(2 * self._cluster.width, MOST_CALLERS)

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `function(*args, **kwargs)` in the cluster and return its result.

        Raises the exceptions of the function, WorkerDied if the call killed its worker, and ClusterError.
        """
        sent = tuple(_HOME if argument == self._home else argument for argument in args)
        future = self._cluster.client.submit(_call, self._cluster.digest, function, sent, kwargs, pure=False)
        arrived = threading.Event()
        future.add_done_callback(lambda _: arrived.set())
        try:
            wait_for(arrived, self._cluster.client)
            return _result(future, f"{function.__module__}.{function.__qualname__}")  # type: ignore[no-any-return]
        finally:
            future.release()


def _result(future: Future, name: str) -> Any:
    """Return the result of a finished call. Raises the exceptions of the call, WorkerDied and ClusterError."""
    try:
        return future.result(timeout=ABSENT)
    except KilledWorker as killed:
        raise WorkerDied(name, f"the worker of the cluster died: {killed}") from killed
    except CancelledError as error:
        raise ClusterError(f"the scheduler of the cluster is gone ({error!r}); {GOES_ON}") from error


#: placeholder for the path of the working folder, which is different in each worker
_HOME = "\0home"


def _call(digest: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    job = partition_task.runtime(digest)
    sent = tuple(job.home if isinstance(argument, str) and argument == _HOME else argument for argument in args)
    return job.pool.run(function, *sent, **kwargs)
