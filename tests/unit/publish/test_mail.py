"""The digest: what the release says, harmless, and as a real mail server takes it."""

from __future__ import annotations

import email
import email.policy
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller

from reachline.configuration import EXAMPLE
from reachline.publish.connections import DeliveryError
from reachline.publish.mail import digest, send_digest
from reachline.publish.releases import Release
from reachline.publish.report.tables import safe_name
from reachline.settings import Digest, Publish, ReportPages, Settings, load_settings
from tests.unit.publish.small_release import HOSTILE, publish_release

TARGET = Digest(connection="mail_here", to=("a@acme.example", "b@acme.example"))


class Box:
    """A mail server's handler that keeps what comes, and refuses some."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuses: str | None = None

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuses and self.refuses in address:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv(
        "AIRFLOW_CONN_MAIL_HERE",
        f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true&retry_limit=0"
        "&from_email=reachline%40acme.example",
    )
    yield box
    server.stop()


@pytest.fixture
def settings(tmp_path: Path, project: Path) -> Settings:
    return load_settings(tmp_path, EXAMPLE)


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


class Seen(HTMLParser):
    """The tags and attributes of a page, and the texts of its cells by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


def add_workbook(release: Release, size: int) -> bytes:
    content = os.urandom(size)
    (release.path / "reachline.xlsx").write_bytes(content)
    return content


def test_the_digest_arrives_with_the_workbook(box: Box, settings: Settings, tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    workbook = add_workbook(release, 5000)
    assert send_digest(settings, TARGET, release) == list(TARGET.to)
    (message,) = box.messages
    assert box.recipients == [["a@acme.example", "b@acme.example"]]
    assert message["Subject"] == (
        "Reachline, 10 Mar: 30.00 EUR yesterday, week +25.0%, 3 late, 1 undisclosed, 1 behind, "
        "1 over budget, data not whole"
    )
    assert message["From"] == "reachline@acme.example"
    assert message["To"] == "a@acme.example, b@acme.example"
    assert message["Bcc"] is None
    assert message["Message-ID"].endswith("@acme.example>")
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == f"reachline-{release.release_id}.xlsx"
    assert attached.get_payload(decode=True) == workbook
    assert all("The workbook is attached." in body for body in bodies(message))


def test_every_figure_is_that_of_the_release_and_null_is_not_zero(tmp_path: Path) -> None:
    """Expected values are by hand, from the rows of small_release.py."""
    release = publish_release(tmp_path)
    plain, html = bodies(digest(TARGET, release, "r@acme.example"))
    name = '=HYPERLINK("http://evil.example")<script>alert(1)</script> Bcc: all@evil.example'
    rows = Seen(html).rows
    headers = ("Table", "Campaign", "Hashtag", "Source")
    assert [row for row in rows if row[0] not in headers] == [
        ["core.fct_facts", "few_are_late", "3 of 4"],
        ["core.fct_facts", "gone", "1; let through: we moved"],
        [name, "conversions", "100", "10.50", "50", "21%"],
        [name, "3", "4", "1"],
        [name, "50.00 EUR", "7.00 EUR", "43.00 EUR"],
        ["שלום campaign", "8.00 EUR", "0.00 EUR", "8.00 EUR"],
        # orders were not watched in the week before: that it moved by so much is not known
        ["c3", "10.00 EUR", "not known", "not known"],
        ["#coldbrew", "x", "9", "+200%"],
        ["inbox", "clicks", "stale", "not known", "0", "0", "1", "not known"],
        ["inbox", "refunds", "fresh", "below usual", "0", "0", "0", "2026-03-10 01:00:00"],
        ["x", "posts", "fresh", "whole", "2", "0", "0", "2026-03-10 01:00:00"],
        ["x", "users", "fresh", "whole", "0", "1", "0", "2026-03-10 01:00:00"],
    ]
    for row in rows:
        assert all(cell in plain for cell in row if cell not in headers)
    for body in (plain, html):
        assert "As of 2026-03-10, in EUR." in body
        assert "Gates: 3 checks, 2 warnings." in body
        assert release.release_id in body


@pytest.mark.parametrize(
    ("completeness", "said"),
    [
        ("'whole'", "Every stream is fresh and whole."),
        (
            "case when stream = 'posts' then 'too_early' when stream <> 'orders' then 'whole' end",
            "Every stream is fresh; of 2 streams nothing tells whether the day is whole.",
        ),
    ],
)
def test_data_is_called_whole_only_where_that_was_told(
    tmp_path: Path, completeness: str, said: str
) -> None:
    release = publish_release(tmp_path)
    with duckdb.connect(str(release.path / "warehouse.duckdb")) as con:
        con.execute(
            "update reports.data_health set freshness = 'fresh', queries_incomplete = 0,"
            f" queries_not_found = 0, files_refused = 0, completeness = {completeness}"
        )
    for body in bodies(digest(TARGET, release, "r@acme.example")):
        assert said in body


def test_hostile_texts_do_no_harm(tmp_path: Path) -> None:
    message = digest(TARGET, publish_release(tmp_path), "r@acme.example")
    plain, html = bodies(message)
    seen = Seen(html)
    assert seen.tags == {
        *("html", "head", "meta", "title", "body", "p", "br", "h2", "table", "tr", "th", "td"),
        *("bdi", "b", "style"),
    }
    assert seen.attributes <= {"lang", "charset", "style", "scope", "name", "content"}, (
        "asks for nothing outside"
    )
    assert "url(" not in html
    assert "@import" not in html
    assert HOSTILE.splitlines()[1] not in plain.splitlines(), "a name stays one line"
    assert message["Bcc"] is None


def test_a_text_of_5000_signs_is_cut_and_steering_signs_are_left_out(tmp_path: Path) -> None:
    from reachline.publish.mail import _one_line

    assert _one_line("a\u202eb\u0000c\nd") == "a b c d"
    assert _one_line("👩\u200d🍳 \u05e9") == "👩\u200d🍳 \u05e9"
    assert len(_one_line("x" * 5000)) == 80


def test_a_workbook_that_is_too_large_is_named_instead(tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    add_workbook(release, 1024 * 1024 + 1)
    for link, where in ((None, str(release.path)), ("https://x.example/", "https://x.example/")):
        target = Digest(to=("a@acme.example",), attach_up_to_mb=1, link=link)
        message = digest(target, release, "r@acme.example")
        assert list(message.iter_attachments()) == []
        assert f"too large to attach. It is in {where}" in bodies(message)[0]
    (release.path / "reachline.xlsx").unlink()
    message = digest(target, release, "r@acme.example")
    assert list(message.iter_attachments()) == []
    assert "The release is in https://x.example/" in bodies(message)[0]


def test_whom_the_server_refuses_is_named(
    box: Box, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    release = publish_release(tmp_path)
    box.refuses = "b@"
    assert send_digest(settings, TARGET, release) == ["a@acme.example"]
    assert "refused b@acme.example" in caplog.text
    box.refuses = "@"
    with pytest.raises(DeliveryError, match="nobody of that name"):
        send_digest(settings, TARGET, release)


def test_what_can_not_be_sent_says_why_and_tells_no_password(
    box: Box, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = publish_release(tmp_path)
    without = os.environ["AIRFLOW_CONN_MAIL_HERE"].partition("&from_email")[0]
    monkeypatch.setenv("AIRFLOW_CONN_MAIL_HERE", without)
    with pytest.raises(DeliveryError, match="write from_email"):
        send_digest(settings, TARGET, release)
    login = without.replace("smtp://", "smtp://me%40acme.example:hunter2secret@")
    monkeypatch.setenv("AIRFLOW_CONN_MAIL_HERE", login)
    with pytest.raises(DeliveryError, match="AUTH") as caught:
        send_digest(settings, TARGET, release)
    assert "hunter2secret" not in str(caught.value)
    monkeypatch.setenv("AIRFLOW_CONN_MAIL_HERE", "smtp://127.0.0.1:1/?disable_ssl=true")
    with pytest.raises(DeliveryError, match="refused"):
        send_digest(settings, TARGET, release)
    assert box.messages == []


def test_the_first_lines_are_the_sentences_of_the_first_page(tmp_path: Path) -> None:
    """Expected values are by hand, from the rows of small_release.py."""
    release = publish_release(tmp_path)
    name = '=HYPERLINK("http://evil.example")<scrip…'
    said = [
        "On Tuesday, 10 Mar campaigns brought in 30.00 EUR with 1 order and cost 12.50 EUR.",
        "The last 7 days brought 50.00 EUR (the 7 days before: 40.00), a profit of 20.00 EUR "
        "before cost (known for 60.0% of revenue), and cost 12.50 EUR (the 7 days before: 0.00).",
        f"1 campaign loses money: {name} (−85.0%). Of 2 campaigns, 1 has a return that can be "
        "told, 1 is to start.",
        "ROI so far: −85.0% over the 1 of 2 campaigns whose orders were watched.",
        "Not whole, or not sure: 4 streams need a look (inbox clicks, inbox refunds, x posts and "
        "1 more).",
        "2 of 3 checks failed, see the checks.",
        f"Late: 3 deliverables: {name} (3).",
        "Undisclosed: 1 of 2 paid posts does not say so.",
        f"Behind: 1 campaign is behind its goal: {name} (21.0%).",
        f"Over budget: 1 campaign costs more than planned: {name} (400).",
        "No code shows signs of a leak.",
    ]
    plain, html = bodies(digest(TARGET, release, "r@acme.example"))
    assert plain.replace("\N{NO-BREAK SPACE}", " ").splitlines()[: len(said)] == said
    assert "href" not in html
    plain, html = bodies(digest(TARGET, release, "r@acme.example", "https://r.example/report/"))
    assert "The whole morning page: https://r.example/report/index.html" in plain
    for page in (
        "index.html",
        "needs.html#undisclosed-title",
        "needs.html#late-title",
        f"campaign/{safe_name('c1')}.html",
    ):
        assert f'href="https://r.example/report/{page}"' in html


def test_the_address_of_the_report_is_that_of_the_configuration(
    box: Box, settings: Settings, tmp_path: Path
) -> None:
    release = publish_release(tmp_path)
    publish = replace(
        settings, publish=Publish(report=ReportPages(base_url="https://r.example/report"))
    )
    send_digest(publish, TARGET, release)
    plain, _ = bodies(box.messages[0])
    assert "https://r.example/report/index.html" in plain


def test_the_digest_is_in_the_language_of_the_configuration(
    box: Box, settings: Settings, tmp_path: Path
) -> None:
    release = publish_release(tmp_path)
    publish = replace(settings, publish=Publish(report=ReportPages(language="de")))
    send_digest(publish, TARGET, release)
    message = box.messages[0]
    plain, html = bodies(message)
    assert "10. März" in str(message["Subject"])
    assert "Stand 10.03.2026" in plain
    assert "30,00 EUR mit 1 Bestellung" in plain.replace("\N{NO-BREAK SPACE}", " ")
    assert '<html lang="de">' in html
    for english in ("As of", "Gates", "Late", "Reached", "Last 7 days"):
        assert english not in plain
