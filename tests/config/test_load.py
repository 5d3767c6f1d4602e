"""Tests of the configuration: loaded files, overriding environment variables, and the place of each mistake."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ingest.config.data_files import data_file, defaults
from ingest.config.load import Config, find_home, load, write_starter
from ingest.config.yaml_positions import parse
from ingest.errors import ConfigError, UsageError

GOOD = """
sources:
  - name: one
    home: https://one.example.cn/
    list:
      - feed: https://one.example.cn/rss.xml
"""
NO_HOME = GOOD.replace("    home: https://one.example.cn/\n", "")
TWICE = GOOD + GOOD.replace("sources:\n", "")


def home_with(folder: Path, sources: str = GOOD, settings: str | None = None) -> Path:
    """Write config/ into `folder` and return `folder`."""
    (folder / "config").mkdir()
    (folder / "config" / "sources.yaml").write_text(sources, encoding="utf-8")
    if settings is not None:
        (folder / "config" / "settings.yaml").write_text(settings, encoding="utf-8")
    return folder


def loaded(
    folder: Path, sources: str = GOOD, settings: str | None = None, environ: dict[str, str] | None = None
) -> Config:
    """Load the configuration of a new folder."""
    return load(home_with(folder, sources, settings), environ or {})


def mistakes(
    folder: Path, sources: str = GOOD, settings: str | None = None, environ: dict[str, str] | None = None
) -> list[str]:
    """Return the mistakes found in the configuration of a new folder."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, sources, settings, environ)
    return list(caught.value.mistakes)


def test_shipped_files_load(tmp_path: Path) -> None:
    """The files that `suowen init` writes can be loaded.

    They contain at least 20 real sources, none marked as checked.
    """
    write_starter(tmp_path)
    config = load(tmp_path, {})
    real = [source for source in config.sources if source.name != "demo"]
    assert len(real) >= 20
    assert {source.checked for source in config.sources} == {"never"}
    assert [source.name for source in config.sources if source.loopback] == ["demo"]
    assert write_starter(tmp_path) == [], "existing files are left alone"


def test_shipped_settings_are_the_defaults(tmp_path: Path) -> None:
    """The values in the commented settings.yaml are the defaults."""
    with_file = load(
        home_with(
            tmp_path / "a" if (tmp_path / "a").mkdir() is None else tmp_path, GOOD, data_file("settings.yaml").decode()
        ),
        {},
    )
    (tmp_path / "b").mkdir()
    assert with_file.settings == loaded(tmp_path / "b").settings


def test_environment_overrides_the_file(tmp_path: Path) -> None:
    """SUOWEN_FETCH__DEADLINE overrides fetch.deadline; a list is parsed as YAML, and a numeric password is a string.

    `repr` of the configuration does not contain the password.
    """
    config = loaded(
        tmp_path,
        settings="fetch: {deadline: 30}",
        environ={
            "SUOWEN_FETCH__DEADLINE": "12.5",
            "SUOWEN_DIGEST__RECIPIENTS": "[a@example.org, b@example.org]",
            "SUOWEN_SMTP__PASSWORD": "12345",
            "SUOWEN_HOME": "/elsewhere",
            "OTHER": "x",
        },
    )
    assert config.settings.fetch.deadline == 12.5
    assert config.settings.digest.recipients == ("a@example.org", "b@example.org")
    assert config.settings.smtp.password == "12345"
    assert "12345" not in repr(config), "a secret is never shown"


@pytest.mark.parametrize(
    ("sources", "settings", "environ", "expected"),
    [
        (NO_HOME, None, {}, ["config/sources.yaml:3", "sources[0].home", "is missing"]),
        (GOOD + "    evry: 1h\n", None, {}, ["sources.yaml:7", "evry", "did you mean every?"]),
        (GOOD + "    cron: 61 8 * * mon\n", None, {}, ["sources.yaml:7", "cron"]),
        (GOOD + "    every: 5\n", None, {}, ["sources.yaml:7", "every", '"30m"']),
        (GOOD + "    every: 1h\n    cron: 0 8 * * mon\n", None, {}, ["set every or cron, not both"]),
        (GOOD + "    extract: {body: 'div[['}\n", None, {}, ["sources.yaml:7", "extract.body", "not a CSS selector"]),
        (GOOD + "        links: '(unclosed'\n", None, {}, ["sources.yaml:7", "links", "not a regular expression"]),
        (TWICE, None, {}, ["sources.yaml:8", "already the name at config/sources.yaml:3"]),
        (GOOD.replace("https://one.example.cn/rss.xml", "ftp://x/"), None, {}, ["sources.yaml:6", "feed", "URL"]),
        (GOOD + "    zone: Asia/Chongqing2\n", None, {}, ["zone", "Asia/Shanghai"]),
        (GOOD + "    checked: yesterday\n", None, {}, ["checked", "never"]),
        (GOOD + "    delay: -1\n", None, {}, ["delay", "greater than or equal to 0", "got -1"]),
        (GOOD + "    name: two\n", None, {}, ["sources.yaml:7", "duplicate key"]),
        ("sources: [", None, {}, ["config/sources.yaml", "not YAML"]),
        ("- a\n", None, {}, ["config/sources.yaml:1"]),
        (GOOD, "fetch: {deadlin: 3}", {}, ["settings.yaml:1: fetch.deadlin: unknown key; did you mean deadline?"]),
        (GOOD, "fetch: {deadline: .nan}", {}, ["config/settings.yaml:1", "fetch.deadline"]),
        (GOOD, "digest: {at: '8 Uhr'}", {}, ["settings.yaml:1", "digest.at", "8 Uhr"]),
        (GOOD, "smtp: {password: secret}", {}, ["smtp.password", "SUOWEN_SMTP__PASSWORD"]),
        (GOOD, "store: mysql://x/y", {}, ["settings.yaml:1", "store", "mysql://x/y"]),
        (GOOD, "digest: {at: 18:30}", {}, ["digest.at", 'a time of day in quotes, such as "08:00"', "got 1110"]),
        (GOOD, "digest: {recipients: a@b}", {}, ["digest.recipients", "must be a list: [one, two]", "got 'a@b'"]),
        (GOOD, "smtp: {security: ssl}", {}, ["smtp.security", "'starttls', 'tls' or 'none'", "got 'ssl'"]),
        (GOOD, "store: mysql://me:secret@x/y", {}, ["store", "must be sqlite:///data/suowen.db", "me:***@x/y"]),
        (
            GOOD,
            "smtp:",
            {},
            ["settings.yaml:1: smtp: must be a table of keys; known: provider, host, port", "got nothing"],
        ),
        (GOOD, "smtp: {port: many}", {}, ["smtp.port: must be a whole number, got 'many'"]),
        ("sources: [x]", None, {}, ["sources[0]: must be a table of keys; known: name, home, list", "got 'x'"]),
        ("sources: {a: 1}", None, {}, ["sources: must be a list", "got keys"]),
        (GOOD.replace("one\n", "a b\n"), None, {}, ["sources[0].name: must be one word of letters", "got 'a b'"]),
        (GOOD + "    language: Chinese\n", None, {}, ["language: must be a code such as zh", "got 'Chinese'"]),
        (GOOD + "    fetch: some\n", None, {}, ["fetch: must be 'all' or 'prefilter', got 'some'"]),
        (
            GOOD + "        page: https://one.example.cn/\n",
            None,
            {},
            ["exactly one of feed, sitemap, page", "feed and page"],
        ),
        (
            GOOD,
            "topic: fire",
            {},
            ["settings.yaml:1: topic: no such file config/topics/fire.yaml; known: police-station"],
        ),
        ("a: &a [*a]", None, {}, ["sources.yaml", "contains itself"]),
        (GOOD, None, {"SUOWEN_FETCH__DEADLINE": "soon"}, ["environment SUOWEN_FETCH__DEADLINE", "soon"]),
        (GOOD, None, {"SUOWEN_FECTH__DEADLINE": "3"}, ["environment SUOWEN_FECTH", "did you mean fetch?"]),
    ],
)
def test_mistake_is_reported(
    tmp_path: Path, sources: str, settings: str | None, environ: dict[str, str], expected: list[str]
) -> None:
    """Each mistake is reported in one line, which contains the expected parts."""
    found = mistakes(tmp_path, sources, settings, environ)
    assert len(found) == 1, found
    for part in expected:
        assert part in found[0]


def test_weights_and_genre_are_not_topics(tmp_path: Path) -> None:
    """The error about an unknown topic lists only topics, not the other files of config/topics."""
    found = mistakes(tmp_path, GOOD, "topic: fire")
    assert found[0].endswith("known: police-station"), found


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """Three mistakes in sources.yaml and one in settings.yaml are reported together."""
    found = mistakes(tmp_path, GOOD.replace("home:", "hame:") + "    delay: x\n", "zone: Mars/Olympus")
    assert [line.split(":")[0] for line in found].count("config/settings.yaml") == 1
    assert sum("hame" in line or "delay" in line or ".home" in line for line in found) == 3, found


def test_no_mistake_hides_another(tmp_path: Path) -> None:
    """Eleven mistakes are all reported, even several in one entry.

    They include a duplicate key, a duplicate name, `every` with `cron`, two kinds of listing, wrong types, an unknown
    topic and a broken word file.
    """
    first = GOOD + "    delay: x\n    delay: 3\n    every: 1h\n    cron: 0 8 * * mon\n"
    second = "  - name: one\n    home: 7\n    list: [{feed: 'https://a.cn/', page: 'https://a.cn/', next: a.n}]\n"
    (tmp_path / "config" / "topics").mkdir(parents=True)
    (tmp_path / "config" / "topics" / "genre.yaml").write_text("scene: [\n", encoding="utf-8")
    (tmp_path / "config" / "sources.yaml").write_text(first + second, encoding="utf-8")
    (tmp_path / "config" / "settings.yaml").write_text(
        "batch: 0\nllm: {url: 'https://x.cn', daily_budget: x}\ntopic: fire\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    for part in (
        "sources[0].delay: duplicate key",
        "sources[0].delay: must be a number, got 'x'",
        "set every or cron, not both",
        "one is already the name at",
        "sources[1].home",
        "sources[1].list[0]: set exactly one of",
        "batch: must be greater",
        "llm.name is not",
        "llm.daily_budget",
        "no such file config/topics/fire.yaml",
        "config/topics/genre.yaml:2: not YAML",
    ):
        assert sum(part in line for line in caught.value.mistakes) == 1, (part, caught.value.mistakes)
    assert len(caught.value.mistakes) == 11, caught.value.mistakes


def test_own_word_and_rule_files_are_checked(tmp_path: Path) -> None:
    """A file of words or rules with broken YAML, a wrong structure or binary data is reported at loading."""
    write_starter(tmp_path)
    (tmp_path / "config" / "topics").mkdir()
    (tmp_path / "config" / "extract").mkdir()
    (tmp_path / "config" / "topics" / "police-station.yaml").write_text("- a\n", encoding="utf-8")
    (tmp_path / "config" / "topics" / "weights.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "config" / "extract" / "sites.yaml").write_text("sites: [", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert sorted(line.split(":")[0] for line in caught.value.mistakes) == [
        "config/extract/sites.yaml",
        "config/topics/police-station.yaml",
        "config/topics/weights.yaml",
    ]


def test_renamed_weights_key_and_file_are_reported(tmp_path: Path) -> None:
    """The old topic key `model` and the old file topics/model.yaml are errors that state the new name."""
    write_starter(tmp_path)
    topics = tmp_path / "config" / "topics"
    topics.mkdir()
    shipped = (defaults() / "config" / "topics" / "police-station.yaml").read_text(encoding="utf-8")
    (topics / "police-station.yaml").write_text("model: model.yaml\n" + shipped, encoding="utf-8")
    (topics / "model.yaml").write_bytes((defaults() / "config" / "topics" / "weights.yaml").read_bytes())
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert caught.value.exit_code == 2
    assert caught.value.mistakes == (
        "config/topics/police-station.yaml:1: model: this key is now called weights",
        "config/topics/model.yaml: this file is now called weights.yaml; rename it",
    )


@pytest.mark.parametrize(
    ("sources", "settings", "environ", "expected"),
    [
        (
            GOOD,
            "zone: Asia/Shanghai\nmodel: {url: '', key: x}\n",
            {},
            "config/settings.yaml:2: model: this key is called llm now",
        ),
        (
            GOOD,
            None,
            {"SUOWEN_MODEL__KEY": "sk-secret"},
            "environment SUOWEN_MODEL__KEY: model: this key is called SUOWEN_LLM__KEY now",
        ),
        (
            GOOD + "    read: {body: div.a}\n",
            None,
            {},
            "config/sources.yaml:7: sources[0].read: this key is called extract now",
        ),
    ],
)
def test_former_key_is_an_error_that_names_the_new_one(
    tmp_path: Path, sources: str, settings: str | None, environ: dict[str, str], expected: str
) -> None:
    """A renamed key or environment variable is reported as the only mistake, without its value."""
    assert mistakes(tmp_path, sources, settings, environ) == [expected]


def test_former_folder_is_an_error_that_names_the_new_one(tmp_path: Path) -> None:
    """A folder config/reading in the working folder is an error that asks to rename it to config/extract."""
    home_with(tmp_path)
    (tmp_path / "config" / "reading").mkdir()
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert caught.value.mistakes == ("config/reading: this folder is called config/extract now; rename it",)


def test_config_error_survives_pickling() -> None:
    """A ConfigError keeps its mistakes when a worker sends it pickled."""
    error = pickle.loads(pickle.dumps(ConfigError(["a.yaml: one", "b.yaml: two"])))
    assert error.mistakes == ("a.yaml: one", "b.yaml: two") and str(error) == "a.yaml: one\nb.yaml: two"


def test_missing_file_is_reported(tmp_path: Path) -> None:
    """The message about a missing sources.yaml names the command that writes it."""
    (tmp_path / "config").mkdir()
    with pytest.raises(ConfigError, match="suowen init"):
        load(tmp_path, {})


def test_no_working_folder(tmp_path: Path) -> None:
    """The message about a missing working folder names --home or SUOWEN_HOME, whichever named the folder."""
    with pytest.raises(UsageError, match="SUOWEN_HOME"):
        find_home(None, {"SUOWEN_HOME": str(tmp_path)})
    with pytest.raises(UsageError, match="--home"):
        find_home(tmp_path, {})
    assert find_home(home_with(tmp_path), {}) == tmp_path.resolve()


def test_unknown_source_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    """For `suowen run onee` the message proposes `one`."""
    with pytest.raises(UsageError, match="did you mean one"):
        loaded(tmp_path).named(["onee"])


def test_relative_sqlite_path_is_in_the_working_folder(tmp_path: Path) -> None:
    """The URL of the default store has the complete path of data/suowen.db in the working folder."""
    config = loaded(tmp_path)
    assert config.store_url() == f"sqlite:///{tmp_path}/data/suowen.db"


def test_own_data_files_override_shipped_ones(tmp_path: Path) -> None:
    """A file in config/ of the working folder replaces the shipped one; an unknown name is an error."""
    home_with(tmp_path)
    assert data_file("sources.yaml", tmp_path) == GOOD.encode()
    assert data_file("settings.yaml", tmp_path).startswith(b"#")
    with pytest.raises(ConfigError, match=r"nothing\.yaml"):
        data_file("nothing.yaml", tmp_path)


def test_yaml_places() -> None:
    """Keys of mappings inside lists have line numbers; an absent key has the line of its nearest parent."""
    document = parse("f.yaml", "a:\n  - b: 1\n    c: 2\n")
    assert document.value == {"a": [{"b": 1, "c": 2}]}
    assert document.at(("a", 0, "c")) == "f.yaml:3"
    assert document.at(("a", 0, "c", "deeper")) == "f.yaml:3"


def test_llm_is_off_and_its_key_comes_from_the_environment_only(tmp_path: Path) -> None:
    """There is no LLM endpoint by default.

    A key in the file is refused; a key in the environment is used as it is and never printed.
    """
    for name in "abcd":
        (tmp_path / name).mkdir()
    assert loaded(tmp_path / "a").settings.llm.url == ""
    model = loaded(
        tmp_path / "b",
        settings="llm: {url: 'https://api.example.com/v1/', name: small}",
        environ={"SUOWEN_LLM__KEY": "007"},
    ).settings.llm
    assert (model.url, model.name, model.key) == ("https://api.example.com/v1", "small", "007")
    assert "007" not in repr(model) and "007" not in str(model)
    (found,) = mistakes(tmp_path / "c", settings="llm: {key: sk-secret}")
    assert "SUOWEN_LLM__KEY" in found and "sk-secret" not in found
    (found,) = mistakes(tmp_path / "d", environ={"SUOWEN_LLM__KEY": "sk-se cret\nX: y"})
    assert "one word" in found and "cret" not in found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{url: 'https://api.example.com'}", "set llm.name"),
        ("{url: ftp://x/v1, name: a}", "not the address"),
        ("{url: 'api.example.com', name: a}", "not the address"),
        ("{url: 'https://u:p@example.com', name: a}", "SUOWEN_LLM__KEY"),
        ("{url: 'https://example.com/v1?key=1', name: a}", "SUOWEN_LLM__KEY"),
        ("{url: 'http://[::1', name: a}", "not the address"),
        ("{daily_budget: -1}", "daily_budget"),
        ("{kinds: [secrets]}", "kinds"),
        ("{name: 'a b'}", "name"),
        ("{daily_budgt: 3}", "did you mean daily_budget"),
    ],
)
def test_mistakes_about_the_llm_are_reported(tmp_path: Path, value: str, message: str) -> None:
    """Each mistake in the llm settings (address, name, kinds, budget, unknown key) is reported in one line."""
    (found,) = mistakes(tmp_path, settings=f"llm: {value}")
    assert "llm" in found and message in found
