"""Locate data files of config/: a file of the working folder replaces the shipped file of the same name."""

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

    Raises ConfigError if neither file exists, or if the file cannot be read.
    """
    path = data_path(name, home)
    if path is None:
        tried = ", ".join(str((folder / "config" / name).parent) for folder in (home, defaults()) if folder is not None)
        raise ConfigError([f"config/{name}: no such file; looked in {tried}"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def data_text(name: str, home: Path | None = None) -> str:
    """Return the text of the file that `data_file` finds.

    Raises ConfigError for a file that is missing, cannot be read, or is not text in UTF-8 or UTF-16.
    """
    return decoded(f"config/{name}", data_file(name, home))


def decoded(name: str, content: bytes) -> str:
    """Decode a configuration file: UTF-8, or UTF-16 with a byte order mark (from Windows editors).

    Raises ConfigError for any other encoding.
    """
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if utf16:
            raise ConfigError([f"{name}: is cut off within a character; save the file again as UTF-8"]) from None
        line = content.count(b"\n", 0, error.start) + 1
        kind = _seems(content)
        raise ConfigError([f"{name}:{line}: is not UTF-8 text; {kind}save the file as UTF-8"]) from None


def _seems(content: bytes) -> str:
    """Return what a file in another encoding than UTF-8 seems to be, as part of a message."""
    if b"\0" in content:  # each ASCII character in UTF-16 contains a null byte
        return "it seems to be UTF-16 without a byte order mark; "
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "it seems to be GBK; "


def data_path(name: str, home: Path | None) -> Path | None:
    """Return the path of `config/NAME` of the working folder, else of the shipped file; None if neither exists."""
    tried = (folder / "config" / name for folder in (home, defaults()) if folder is not None)
    try:
        return next((path for path in tried if path.is_file()), None)
    except OSError:  # the name is too long for the file system
        return None
