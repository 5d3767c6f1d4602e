"""Options that select a cluster for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.config.load import Config
from ingest.errors import UsageError
from ingest.worker_pool import TaskPool

if TYPE_CHECKING:
    from ingest.backfill.partition_task import JobSpec

Authority = Annotated[Path | None, typer.Option("--tls-ca", help="Certificate of the cluster's authority.")]
Certificate = Annotated[Path | None, typer.Option("--tls-cert", help="Our certificate.")]
Key = Annotated[Path | None, typer.Option("--tls-key", help="The key of our certificate.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="Allow a cluster without TLS (tcp://).")]


class ClusterOptions:
    """Options that select a cluster. They are checked on creation; `opened` and `workers` connect later."""

    def __init__(
        self,
        cluster: str,
        workers: int | None = None,
        ca: Path | None = None,
        cert: Path | None = None,
        key: Path | None = None,
        insecure: bool = False,
    ) -> None:
        try:
            from ingest.backfill import dask_cluster as clusters
        except ImportError as error:
            raise UsageError(f"a Dask cluster needs {error.name}; pip install 'suowen[backfill]'") from error
        self._clusters, self._where, self._workers, self._insecure = clusters, cluster, workers, insecure
        self._tls = clusters.Tls(ca, cert, key)
        if cluster != "local":
            clusters.security_of(cluster, self._tls, insecure)

    def opened(self, config: Config) -> Any:
        """Return a context manager that connects to the cluster and installs the configuration in its workers."""
        spec = _spec(config)
        return self._clusters.opened(self._where, spec, workers=self._workers, tls=self._tls, insecure=self._insecure)

    @contextmanager
    def workers(self, config: Config) -> Iterator[TaskPool]:
        """Connect to the cluster and yield a task pool that processes pages on it."""
        with self.opened(config) as cluster:
            yield self._clusters.ClusterWorkers(cluster, config.home)


def _spec(config: Config) -> JobSpec:
    """Return the job specification for the workers: the configuration without secrets."""
    from ingest.backfill.partition_task import JobSpec, config_files, fingerprint

    return JobSpec(
        fingerprint(),
        config.settings.topic,
        tuple(source for source in config.sources if source.enabled),
        config.settings.workers,
        config_files(config),
    )
