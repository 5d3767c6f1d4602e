"""Development tasks: `nox -l` lists them, `nox -s tests -- facts` runs one; `--no-venv` uses this environment."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests"]

#: packages that have no folder of tests of their own name
OTHER_TESTS = {"worker_pool": "tests/test_worker_pool.py", "urls": "tests/test_urls.py", "cron": "tests/test_cron.py"}


def install(session: nox.Session) -> None:
    """Install the project with everything its tests need, unless nox runs with --no-venv."""
    if session.venv_backend not in ("none", None):
        session.install("-q", "-e", ".[dev]")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the ranks of packages."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    install(session)
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests on two cores, or those of packages: `nox -s tests -- facts store`. Options go to pytest."""
    install(session)
    names = [argument for argument in session.posargs if not argument.startswith("-")]
    options = [argument for argument in session.posargs if argument.startswith("-")]
    folders = [folder for name in names for folder in folders_of(session, name)]
    session.run("pytest", *(folders or ["-n", "2", "--dist", "worksteal"]), *options)


def folders_of(session: nox.Session, name: str) -> list[str]:
    """Return the test folders of a package: its own and its gate."""
    if name in OTHER_TESTS:
        return [OTHER_TESTS[name]]
    found = [folder for folder in (f"tests/{name}", f"tests/gate/{name}") if Path(folder).is_dir()]
    if not found:
        known = sorted({path.parent.name for path in Path("tests").glob("*/test_*.py")} | set(OTHER_TESTS))
        session.error(f"{name}: no such package of tests; known: {', '.join(known)}")
    return found


@nox.session
def gate(session: nox.Session) -> None:
    """Measure the quality on the labelled texts and pages of tests/gate and compare it with tests/gate/baseline.json.

    `nox -s gate -- --update` raises the floors to the figures measured now; a floor is lowered with
    `--update --lower` only.
    """
    install(session)
    session.run("python", "-m", "tests.gate.run", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Check that documentation and code agree: commands, packages, settings, fact kinds, links."""
    install(session)
    session.run("pytest", "-q", "tests/docs", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Refresh requirements.lock and requirements-build.lock, and with docker the digests of the base images."""
    session.install("-q", "uv")
    common = (
        "--universal",
        "--python-version",
        "3.12",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "-q",
    )
    compile_ = ("uv", "pip", "compile", "--upgrade", *common)
    session.run(*compile_, "requirements-build.in", "-o", "requirements-build.lock")
    session.run(*compile_, "--extra", "postgresql", "pyproject.toml", "-o", "requirements.lock")
    session.run("python", "tools/pin_images.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Run one benchmark: `nox -s bench -- facts`; without a name list them."""
    install(session)
    if not session.posargs:
        session.log("benchmarks: " + ", ".join(sorted(path.stem for path in Path("benchmarks").glob("[a-z]*.py"))))
        return
    session.run("python", f"benchmarks/{session.posargs[0]}.py", *session.posargs[1:])


@nox.session
def campaign(session: nox.Session) -> None:
    """Run a long campaign of tests/campaigns: `nox -s campaign -- kills`; the suite runs a short form of each."""
    install(session)
    if not session.posargs:
        session.log("campaigns: " + ", ".join(sorted(path.stem for path in Path("tests/campaigns").glob("[a-z]*.py"))))
        return
    session.run("python", "-m", f"tests.campaigns.{session.posargs[0]}", *session.posargs[1:])
