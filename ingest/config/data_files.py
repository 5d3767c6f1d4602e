"""Data files of config/: the working folder's own before the shipped one."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import ConfigError


def defaults() -> Path:
    """The folder with the shipped config/ and seeds/: in a checkout the repository, in a wheel inside the package."""
    package = Path(__file__).parents[1]
    packed = package / "defaults"
    return packed if packed.is_dir() else package.parent


def data_file(name: str, home: Path | None = None) -> bytes:
    """Bytes of `config/NAME`: the working folder's own when it has one, else the shipped one.

    Raises ConfigError when neither is there, or it cannot be read.
    """
    path = data_path(name, home)
    if path is None:
        tried = ", ".join(str((folder / "config" / name).parent) for folder in (home, defaults()) if folder is not None)
        raise ConfigError([f"config/{name}: no such file; looked in {tried}"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def data_path(name: str, home: Path | None) -> Path | None:
    tried = (folder / "config" / name for folder in (home, defaults()) if folder is not None)
    return next((path for path in tried if path.is_file()), None)
