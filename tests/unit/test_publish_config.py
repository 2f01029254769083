"""config/publish.yml: off by default, every mistake named, and no secret shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.publish.connections import DeliveryError
from reachline.publish.deliver import DELIVERIES, configured, deliver
from reachline.settings import (
    Alarms,
    ConfigError,
    Digest,
    PostgresCopy,
    ReportPages,
    StorageCopy,
    load_settings,
)
from tests.unit.publish.small_release import publish_release


@pytest.fixture
def folder(tmp_path: Path, project: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def mistake(folder: Path, text: str) -> str:
    (folder / "publish.yml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(folder.parent / "data", folder)
    (problem,) = caught.value.problems
    return str(problem)


def test_nothing_is_delivered_until_a_section_is_written(folder: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, folder)
    assert configured(settings.publish) == []
    assert settings.publish.report == ReportPages(base_url=None, language="en")
    release = publish_release(tmp_path / "home")
    for name in DELIVERIES:
        with pytest.raises(DeliveryError, match=rf"publish\.yml has no section {name}"):
            deliver(settings, name, release)


def test_the_sections_that_the_file_shows_are_sound(folder: Path, tmp_path: Path) -> None:
    file = folder / "publish.yml"
    text = file.read_text()
    shown = [line.removeprefix("# ") for line in text.splitlines() if line[:3] != "# A"]
    keys = ("report:", "postgres:", "mail:", "storage:", "alarms:", "  ")
    file.write_text("\n".join(line for line in shown if line.startswith(keys)))
    publish = load_settings(tmp_path, folder).publish
    assert publish.report == ReportPages(base_url="https://reports.acmecoffee.example/report/")
    assert publish.postgres == PostgresCopy(
        connection="reachline_postgres",
        schema_prefix="reachline",
        reader_roles=("reachline_reader",),
    )
    assert publish.mail == Digest(
        connection="smtp_default",
        to=("marketing@acmecoffee.example",),
        attach_up_to_mb=10,
        link="https://reports.acmecoffee.example/",
    )
    assert publish.storage == StorageCopy(
        url="s3://acme-reachline/releases", connection="reachline_storage", keep_releases=7
    )
    assert publish.alarms == Alarms.model_validate(
        {
            "mail": {"connection": "smtp_default", "to": ("oncall@acmecoffee.example",)},
            "webhook": {"connection": "reachline_alarms"},
            "late_after_hours": 6,
            "again_after_hours": 12,
        }
    )
    assert configured(publish) == list(DELIVERIES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgres: {}\n", "postgres.connection: a value is missing"),
        ("postgres: {connection: a, schema_prefix: 'a-b'}\n", 'schema_prefix = "a-b": is not'),
        ("postgres: {connection: a, schema_prefix: pg_a}\n", "not with pg_"),
        ("postgre: {}\n", "did you mean postgres?"),
        ("mail: {to: []}\n", "write at least one address"),
        ("mail: {to: ['a@b.c, d@e.f']}\n", "is not an e-mail address"),
        ('mail: {to: ["a@b.c\\nBcc: d"]}\n', "is not an e-mail address"),
        ("mail: {to: [a@b.c], link: 'javascript:x'}\n", "is not a link"),
        ("storage: {url: /srv/copy}\n", "s3://bucket/folder or file:///srv/reachline"),
        ("storage: {url: 's3://b', keep_releases: 0}\n", "write at least 1"),
        ("report: {language: fr}\n", 'report.language = "fr": is not a language'),
        ("report: {language: de_XX}\n", "write en or de"),
        ("report: {language: ../de}\n", "write en or de"),
        ("alarms: {}\n", "write mail, webhook, or both"),
        ("alarms: {mail: {to: []}}\n", "write at least one address"),
        ("alarms: {webhook: {}}\n", "alarms.webhook.connection: a value is missing"),
        ("alarms: {webhook: {connection: a}, late_after_hours: 48}\n", "late_after_hours = 48"),
    ],
)
def test_a_mistake_says_field_value_and_remedy(folder: Path, text: str, said: str) -> None:
    problem = mistake(folder, text)
    assert f"{folder}/publish.yml:1: " in problem
    assert said in problem


@pytest.mark.parametrize(
    "text",
    [
        "postgres: {connection: 'postgres://me:hunter2@db.example/x'}\n",
        "postgres: {connection: a, password: hunter2}\n",
        "storage: {url: 's3://key:hunter2@bucket/folder'}\n",
        "storage: {url: 's3://bucket', secret_key: hunter2}\n",
        "alarms: {webhook: {connection: 'https://hooks.example/hunter2'}}\n",
        "alarms: {webhook: {connection: a, password: hunter2}}\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(folder: Path, text: str) -> None:
    problem = mistake(folder, text)
    assert f"{folder}/publish.yml:1: " in problem
    assert "hunter2" not in problem
