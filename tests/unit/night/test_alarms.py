"""Alarms: one a night and cause, what readers see meanwhile, what to type, and when it is over."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller

from reachline.configuration import EXAMPLE
from reachline.landing import FileOrigin, refuse_file
from reachline.night.alarms import (
    Desk,
    find_desk,
    tell_failed,
    tell_late,
    tell_published,
    tell_test,
)
from reachline.publish.connections import DeliveryError
from reachline.publish.releases import Release
from tests.unit.publish.small_release import publish_release

NIGHT = date(2026, 3, 1)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TOKEN = "T000/B000/hushhush"


class Channel:
    """What came to a webhook and to a mailbox, and what the webhook answers."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str]] = []
        self.mails: list[tuple[str, str, str]] = []
        self.status = 200

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        text = message.get_content().replace("\r\n", "\n")
        self.mails.append((message["To"], message["Subject"], text))
        return "250 OK"


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    channel = Channel()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            channel.posts.append((self.path, json.loads(body)["text"]))
            self.send_response(channel.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(f"no such hook {self.path}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = Controller(channel, hostname="127.0.0.1", port=port)
    mail.start()
    hook = {
        "conn_type": "slackwebhook",
        "host": f"http://127.0.0.1:{web.server_port}/services",
        "password": TOKEN,
    }
    monkeypatch.setenv("AIRFLOW_CONN_ALARM_HOOK", json.dumps(hook))
    monkeypatch.setenv(
        "AIRFLOW_CONN_ALARM_MAIL",
        f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true&retry_limit=0"
        "&from_email=reachline%40acme.example",
    )
    yield channel
    mail.stop()
    web.shutdown()
    web.server_close()


ALARMS = """alarms:
  mail: {connection: alarm_mail, to: [a@acme.example, b@acme.example]}
  webhook: {connection: alarm_hook}
"""


@pytest.fixture
def desk(tmp_path: Path, channel: Channel) -> Desk:
    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    (config / "publish.yml").write_text(ALARMS, encoding="utf-8")
    found = find_desk(tmp_path / "home", config)
    assert found is not None
    return found


def journal(desk: Desk, step: str, outcome: str, error: str = "", night: date = NIGHT) -> None:
    desk.paths.logs.mkdir(parents=True, exist_ok=True)
    line = {"at": "2026-03-02T00:04:00+00:00", "night": str(night), "step": step}
    line |= {"outcome": outcome, "seconds": 1.0}  # type: ignore[dict-item]
    line |= {"error": error} if error else {}
    with (desk.paths.logs / "nights.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def heard(release: Release, freshness: str) -> None:
    """Let all sources of a release be fresh, but for the first."""
    with duckdb.connect(str(release.path / "warehouse.duckdb")) as con:
        con.execute("update reports.data_health set freshness = 'fresh'")
        con.execute(
            "update reports.data_health set freshness = ? where (source, stream) in"
            " (select source, stream from reports.data_health order by all limit 1)",
            [freshness],
        )


def test_a_failed_night_is_told_of_once_with_what_to_do(desk: Desk, channel: Channel) -> None:
    publish_release(desk.paths.home)
    for _ in range(3):
        journal(desk, "gate_staging", "blocked", "gate staging: 40 % of orders refused {{ x }}")
    assert tell_failed(desk, NIGHT, now=NOW)
    (to, subject, text), ((path, post),) = channel.mails[0], channel.posts
    assert to == "a@acme.example, b@acme.example"
    assert subject == "Reachline: the night of 2026-03-01 failed in gate_staging"
    assert path == f"/services/{TOKEN}"
    assert post == f"{subject}\n{text.strip()}"
    for said in (
        "failed in gate_staging, since 2026-03-02T00:04:00+00:00, 3 times.",
        "Why: gate staging: 40 % of orders refused {{ x }}",
        "Readers see the release ",
        ", as of ",
        "Next: reachline quarantine ls",
        "Then: reachline run --date 2026-03-01, or clear the red task in Airflow",
    ):
        assert said in text
    # a second try of the same night with the same cause
    assert not tell_failed(desk, NIGHT, now=NOW + timedelta(hours=11))
    assert len(channel.mails) == len(channel.posts) == 1
    assert tell_failed(desk, NIGHT, step="model", why="other", now=NOW + timedelta(hours=1))
    assert tell_failed(desk, NIGHT, step="gate_staging", now=NOW + timedelta(hours=13))
    assert tell_failed(desk, NIGHT + timedelta(days=1), step="gate_staging", now=NOW)
    assert len(channel.mails) == len(channel.posts) == 4


def test_a_way_that_failed_is_tried_again_and_the_others_are_not(
    desk: Desk, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    channel.status = 404
    assert tell_failed(desk, NIGHT, step="model", why="w", now=NOW)
    assert "the alarm was not posted by the connection alarm_hook" in caplog.text
    assert "hushhush" not in caplog.text
    assert "hushhush" not in (desk.paths.logs / "alarms.jsonl").read_text()
    channel.status = 200
    assert tell_failed(desk, NIGHT, step="model", why="w", now=NOW)
    assert not tell_failed(desk, NIGHT, step="model", why="w", now=NOW)
    assert (len(channel.mails), len(channel.posts)) == (1, 2)


def test_a_full_disk_keeps_no_alarm_back(
    desk: Desk, channel: Channel, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.paths.home.mkdir()
    desk.paths.logs.write_text("no folder")
    assert tell_failed(desk, NIGHT, step="stage", why="No space left on device", now=NOW)
    assert "No space left" in channel.posts[0][1]
    assert "alarms.jsonl" in caplog.text

    def broken(*_: object) -> None:
        raise RuntimeError("hushhush")

    monkeypatch.setattr("reachline.publish.alarms._post", broken)
    assert tell_failed(desk, NIGHT, step="stage", why="w", now=NOW)
    assert "not sent by webhook: RuntimeError" in caplog.text
    assert "hushhush" not in caplog.text


def test_recovery_is_told_once_and_the_next_failure_is_new(desk: Desk, channel: Channel) -> None:
    release = publish_release(desk.paths.home)
    night = release.logical_date
    heard(release, "fresh")
    assert not tell_published(desk, night, now=NOW)
    assert channel.posts == []
    tell_failed(desk, night, step="model", why="a full disk", now=NOW)
    tell_failed(desk, night - timedelta(days=1), step="gate_model", why="x", now=NOW)
    tell_failed(desk, night + timedelta(days=1), step="gate_model", why="y", now=NOW)
    del channel.posts[:]
    assert tell_published(desk, night, now=NOW)
    ((_, post),) = channel.posts
    assert f"The night of {night} had failed in model since" in post
    assert f"The night of {night - timedelta(days=1)} had failed in gate_model since" in post
    assert f"The night of {night + timedelta(days=1)}" not in post
    assert not tell_published(desk, night, now=NOW)
    assert tell_failed(desk, night, step="model", why="again", now=NOW)


def test_a_silent_source_is_told_of_once_and_when_it_is_heard_of_again(
    desk: Desk, channel: Channel
) -> None:
    release = publish_release(desk.paths.home)

    heard(release, "error")
    night = release.logical_date
    assert tell_published(desk, night, now=NOW)
    assert "is silent: error, last landed" in channel.posts[0][1]
    assert not tell_published(desk, night, now=NOW)
    heard(release, "fresh")
    assert tell_published(desk, night, now=NOW)
    assert "is heard of again" in channel.posts[1][1]
    assert not tell_published(desk, night, now=NOW)
    heard(release, "stale")
    assert tell_published(desk, night, now=NOW)


def test_a_refused_file_is_told_of_once(desk: Desk, channel: Channel) -> None:
    night = publish_release(desk.paths.home).logical_date
    refuse_file(
        desk.paths.landing,
        source="inbox",
        stream="orders",
        logical_date=night,
        run_id="r",
        file=FileOrigin("bad.csv", "bad.csv", 3, "", "", "", None, 1, 7),
        reason="it has no column currency",
    )
    assert tell_published(desk, night, now=NOW)
    (_, post) = channel.posts[0]
    assert "a file was refused" in post
    assert "orders/bad.csv was refused: it has no column currency" in post
    assert "reachline inbox dismiss" in post
    assert not tell_published(desk, night, now=NOW)


def test_a_night_behind_the_current_one_is_told_of_once(desk: Desk, channel: Channel) -> None:
    older = publish_release(desk.paths.home, day=date(2026, 3, 9))
    release = publish_release(desk.paths.home)
    tell_published(desk, release.logical_date, now=NOW)
    assert "is not current" not in "".join(post for _, post in channel.posts)
    assert tell_published(desk, older.logical_date, now=NOW)
    (_, post) = channel.posts[-1]
    assert "the night of 2026-03-09 is not current" in post
    assert f"reachline release rollback {older.release_id}" in post
    assert f"Readers see the release {release.release_id}" in post
    assert not tell_published(desk, older.logical_date, now=NOW)


def test_a_release_of_a_mistyped_date_hides_no_late_night(desk: Desk, channel: Channel) -> None:
    publish_release(desk.paths.home, day=date(2999, 1, 1))
    now = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
    assert tell_late(desk, now=now)
    assert "The night of 2026-03-10 is not published" in channel.posts[0][1]


def test_a_late_night_is_told_of_once(desk: Desk, channel: Channel) -> None:
    assert not tell_late(desk, now=NOW), "nothing was ever published: nothing is late"
    last = publish_release(desk.paths.home).logical_date
    midnight = datetime(last.year, last.month, last.day, tzinfo=UTC)
    due = midnight + timedelta(days=2, hours=6)
    assert not tell_late(desk, now=due - timedelta(minutes=1))
    assert tell_late(desk, now=due)
    text = channel.posts[0][1]
    late = last + timedelta(days=1)
    assert f"the night of {late} is late" in text
    assert "No step of it has run" in text
    assert f"Then: reachline run --date {late}" in text
    assert not tell_late(desk, now=due + timedelta(hours=5))
    # of the next one it is told anew; one that failed is not late as well
    following = late + timedelta(days=1)
    tell_failed(desk, following, step="model", why="w", now=due)
    assert not tell_late(desk, now=due + timedelta(days=1))
    journal(desk, "stage", "done", night=following + timedelta(days=1))
    assert tell_late(desk, now=due + timedelta(days=2))
    assert "Its last step that ended is stage" in channel.posts[-1][1]


def test_a_delivery_that_failed_says_that_the_night_is_published(
    desk: Desk, channel: Channel
) -> None:
    tell_failed(desk, NIGHT, step="deliver_postgres", now=NOW)
    text = channel.posts[0][1]
    assert "is published, but its delivery to postgres failed" in text
    assert "Then: reachline deliver postgres" in text


def test_a_broken_configuration_can_be_told_of(
    tmp_path: Path, desk: Desk, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "config"
    (config / "brands.yml").write_text("brands: 7\n", encoding="utf-8")
    found = find_desk(tmp_path / "home", config)
    assert found is not None
    assert tell_failed(found, NIGHT, step="check_config", why="brands", now=NOW)
    assert "Next: reachline config check" in channel.posts[0][1]
    (config / "publish.yml").write_text("alarms: {}\n", encoding="utf-8")
    assert find_desk(tmp_path / "home", config) is None
    assert "publish.yml is wrong" in caplog.text


def test_nobody_is_told_where_nobody_is_named(tmp_path: Path) -> None:
    assert find_desk(tmp_path, EXAMPLE) is None


def test_a_test_goes_by_every_way_and_says_what_is_wrong(desk: Desk, channel: Channel) -> None:
    assert tell_test(desk) == ["mail", "webhook"]
    assert "Nothing has been published yet" in channel.posts[0][1]
    # a moved address is not followed: the text would go to somebody else
    channel.status = 307
    with pytest.raises(DeliveryError, match="answered 307"):
        tell_test(desk)
    assert {path for path, _ in channel.posts} == {f"/services/{TOKEN}"}


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"password": "T/B/X"}, "https://hooks.slack.com/services/T/B/X"),
        ({"password": "https://chat.example/hooks/x"}, "https://chat.example/hooks/x"),
        ({"host": "chat.example", "port": 8443, "password": "/h"}, "https://chat.example:8443/h"),
        ({"host": "chat.example", "schema": "http", "password": "h"}, "http://chat.example/h"),
    ],
)
def test_the_address_is_that_of_airflows_slack_connections(
    fields: dict[str, Any], address: str
) -> None:
    from airflow.sdk import Connection

    from reachline.publish.alarms import _address

    assert _address(Connection(conn_id="c", conn_type="slackwebhook", **fields)) == address
