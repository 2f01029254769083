"""The model of config/publish.yml: where a release goes beside published/current/, and alarms."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictInt, model_validator

from reachline.configuration.fields import Strict, Text
from reachline.configuration.problems import mistake
from reachline.languages import SOURCE, known_languages


def _prefix(text: str) -> str:
    # Postgres cuts names at 63 bytes; ours add up to 20
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text) or text.startswith("pg_"):
        remedy = "write at most 40 of a-z, 0-9 and _, beginning with a letter and not with pg_"
        raise mistake("is not a prefix of schemas", remedy)
    return text


def _connection(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+", text):
        remedy = "write the id of an Airflow connection; servers and passwords stand in that"
        raise mistake("is not the id of a connection", remedy, is_secret=True)
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+", text):
        raise mistake("is not an e-mail address", "write one such as marketing@example.com")
    return text


def _some(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not addresses:
        raise mistake("nobody is named", "write at least one address")
    return addresses


def _target(text: str) -> str:
    try:
        parts = urlsplit(text)
        has_secret = parts.password is not None
    except ValueError:
        parts, has_secret = urlsplit(""), False
    if has_secret:
        remedy = "put it into an Airflow connection, and name that"
        raise mistake("holds a password", remedy, is_secret=True)
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*", parts.scheme) or not (parts.netloc + parts.path):
        remedy = "write one such as s3://bucket/folder or file:///srv/reachline"
        raise mistake("is not the URL of a folder", remedy)
    return text.rstrip("/")


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://\S+", text):
        raise mistake("is not a link", "write one such as https://reports.example.com/")
    return text


def _language(text: str) -> str:
    if text not in known_languages():
        known = " or ".join(known_languages())
        raise mistake("is not a language that the report is written in", f"write {known}")
    return text


ConnectionId = Annotated[Text, AfterValidator(_connection)]
SchemaPrefix = Annotated[Text, AfterValidator(_prefix)]
Address = Annotated[Text, AfterValidator(_address)]
Target = Annotated[Text, AfterValidator(_target)]
Link = Annotated[Text, AfterValidator(_link)]
LanguageCode = Annotated[Text, AfterValidator(_language)]


class PostgresCopy(Strict):
    """The copy of a release in Postgres."""

    connection: ConnectionId
    schema_prefix: SchemaPrefix = "reachline"
    reader_roles: tuple[Text, ...] = ()
    """Roles that are there and may read every copy."""


class Digest(Strict):
    """The page by e-mail that says what a release holds."""

    connection: ConnectionId = "smtp_default"
    to: Annotated[tuple[Address, ...], AfterValidator(_some)]
    attach_up_to_mb: Annotated[StrictInt, Field(ge=0)] = 10
    """A workbook that is larger is named, not attached."""
    link: Link | None = None
    """Where people find the release; else its folder is named."""


class ReportPages(Strict):
    """Where people open the report, and in which language it is written."""

    base_url: Link | None = None
    """The address under which the folder `report` of the current release is served."""
    language: LanguageCode = SOURCE
    """Of the report, the workbook and the digest; files and tables are the same in all."""


class StorageCopy(Strict):
    """The copy of a release's files on a file system that fsspec knows."""

    url: Target
    connection: ConnectionId | None = None
    keep_releases: Annotated[StrictInt, Field(ge=1)] = 7
    """So many of the newest copies are kept; the current one always is."""


class MailAlarm(Strict):
    """Alarms by e-mail."""

    connection: ConnectionId = "smtp_default"
    to: Annotated[tuple[Address, ...], AfterValidator(_some)]


class WebhookAlarm(Strict):
    """Alarms as a message to a channel, in the form that Slack's incoming webhooks take."""

    connection: ConnectionId


class Alarms(Strict):
    """Who is told when a night fails, is late or has recovered, or a source is silent."""

    mail: MailAlarm | None = None
    webhook: WebhookAlarm | None = None
    late_after_hours: Annotated[StrictInt, Field(ge=0, le=47)] = 6
    """A night is late if it is not published so many hours after its day, in the reporting zone."""
    again_after_hours: Annotated[StrictInt, Field(ge=0)] = 12
    """A night that fails again in the same step is told of again after so many hours."""

    @model_validator(mode="after")
    def _tells_somebody(self) -> Alarms:
        if self.mail is None and self.webhook is None:
            raise mistake("nobody is told", "write mail, webhook, or both below alarms")
        return self


class Publish(Strict):
    """config/publish.yml: a section that is absent is off."""

    report: ReportPages = ReportPages()
    postgres: PostgresCopy | None = None
    mail: Digest | None = None
    storage: StorageCopy | None = None
    alarms: Alarms | None = None
