"""Pin the base images of Dockerfile and docker-compose.yml to the current digests of their tags.

    python tools/pin_images.py

Needs docker with buildx and the network; without docker the files are not changed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

_IMAGE = re.compile(r"^(?P<key>FROM |\s+image: )(?P<tag>[\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?", re.MULTILINE)


def pinned(text: str, digest_of: Callable[[str], str]) -> str:
    """Return `text` with each image pinned to its digest ("sha256:...")."""
    return _IMAGE.sub(lambda image: f"{image['key']}{image['tag']}@{digest_of(image['tag'])}", text)


def digest_of(tag: str) -> str:
    """Return the current digest of a tag: that of its image index, which covers all platforms.

    Raises SystemExit if docker prints no digest.
    """
    command = ["docker", "buildx", "imagetools", "inspect", tag, "--format", "{{.Manifest.Digest}}"]
    digest = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise SystemExit(f"{tag}: docker printed {digest!r} instead of a digest")
    return digest


def main() -> None:
    """Pin the images in both files. Without docker nothing is changed."""
    if shutil.which("docker") is None:
        print("docker is missing: the digests of the base images stay")
        return
    for name in ("Dockerfile", "docker-compose.yml"):
        path = Path(__file__).parents[1] / name
        path.write_text(pinned(path.read_text(encoding="utf-8"), digest_of), encoding="utf-8")
        print(f"pinned: {name}")


if __name__ == "__main__":
    main()
