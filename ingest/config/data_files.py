"""Locate data files of config/: a file of the working folder overrides the shipped one."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import ConfigError


def defaults() -> Path:
    """Return the folder with the shipped config/ and seeds/: the repository, or a folder in the installed package."""
    package = Path(__file__).parents[1]
    installed = package / "defaults"
    return installed if installed.is_dir() else package.parent


def data_file(name: str, home: Path | None = None) -> bytes:
    """Return the bytes of `config/NAME` of the working folder, else of the shipped file.

    Raises ConfigError when neither exists, or the file cannot be read.
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
    """Return the path of `config/NAME` of the working folder, else of the shipped file; None when neither exists."""
    tried = (folder / "config" / name for folder in (home, defaults()) if folder is not None)
    return next((path for path in tried if path.is_file()), None)
