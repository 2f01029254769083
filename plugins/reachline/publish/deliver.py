"""Brings a published release to where config/publish.yml says: Postgres, e-mail, storage."""

from __future__ import annotations

from reachline.publish.connections import DeliveryError
from reachline.publish.releases import Release
from reachline.settings import Publish, Settings

DELIVERIES = ("postgres", "mail", "storage")


def configured(publish: Publish) -> list[str]:
    """Return the deliveries that are switched on."""
    return [name for name in DELIVERIES if getattr(publish, name) is not None]


def deliver(settings: Settings, name: str, release: Release) -> str:
    """Deliver a release one way, and return what was done, in a line.

    Raises DeliveryError. What is published stays published, whatever happens here.
    """
    publish = settings.publish
    if name == "postgres" and publish.postgres:
        from reachline.publish.postgres import copy_to_postgres

        rows = copy_to_postgres(settings.paths, publish.postgres, release)
        prefix = publish.postgres.schema_prefix
        return (
            f"{release.release_id}: {len(rows)} tables, {sum(rows.values()):,} rows, are "
            f"{prefix}_* in Postgres"
        )
    if name == "mail" and publish.mail:
        from reachline.publish.mail import send_digest

        to = send_digest(settings, publish.mail, release)
        return f"{release.release_id}: the digest went to {', '.join(to)}"
    if name == "storage" and publish.storage:
        from reachline.publish.storage import copy_to_storage

        files = copy_to_storage(settings.paths, publish.storage, release)
        size = sum(facts.bytes for facts in files.values())
        return (
            f"{release.release_id}: {len(files)} files, {size:,} bytes, are current in "
            f"{publish.storage.url}"
        )
    file = settings.config_dir / "publish.yml"
    raise DeliveryError(f"{file} has no section {name}: write one; the file shows how.")
