"""Forgetting a person: out of everything that a home holds, and kept out from then on.

What they are known by stands in `erasure/pending-<id>.json`, for the owner alone, until all is
done: when landing has lost them, nothing else could tell. A run that is killed is made good by the
same command, or by the next `reachline retention apply`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from reachline.configuration.platforms import sources
from reachline.connectors.ingest import one_at_a_time
from reachline.erasure.certificate import OUT_OF_REACH, STATISTICS, Certificate, Removed
from reachline.erasure.leftovers import (
    clean_database,
    clean_text,
    databases,
    kept_files,
    left_over,
    orphans,
    remove_kept,
    written_texts,
)
from reachline.erasure.person import Asked, Person, find_person
from reachline.erasure.tables import count_in, keys_in, remove_from
from reachline.erasure.texts import Texts
from reachline.forgotten import (
    FORGOTTEN,
    Forgotten,
    agree_on_forgotten,
    forgotten_too,
    load_forgotten,
    person_id,
    remember_to_forget,
)
from reachline.home_key import home_key
from reachline.inbox.files import FAILED
from reachline.inbox.people import says_of
from reachline.landing import (
    all_manifests,
    amend_manifest,
    dismiss_file,
    manifests,
    open_refusals,
    sweep,
    sweep_store,
)
from reachline.landing.manifests import amended
from reachline.night.lock import run_lock
from reachline.night.screening import fetch_landing, screen_landing
from reachline.object_store import store_of
from reachline.private import write_private
from reachline.publish.connections import DeliveryError
from reachline.publish.releases import (
    DATABASE,
    Release,
    broken_releases,
    current_release,
    releases,
)
from reachline.publish.rewriting import recover_releases, rewrite_release
from reachline.publish.shared import bring_up
from reachline.settings import Settings
from reachline.warehouse import remove_files

log = logging.getLogger("reachline.erasure")

_PENDING = "pending-"
Step = Callable[[str], None]


def forget(
    settings: Settings,
    what: Asked,
    *,
    is_dry: bool = False,
    at: datetime | None = None,
    on_step: Step | None = None,
) -> Certificate:
    """Remove a person from everything that a home holds, and keep them out; return what was done.

    `is_dry`: only say what would go where. `on_step` is called with the name of each place before
    it is gone through. What could not be done is in the certificate's `not_done`; then the same
    call goes on where this one ended. Raises NightBusyError or IngestBusyError where something is
    being written.
    """
    doing = on_step or (lambda _: None)
    person_of = person_id(settings.paths, what.known)
    with _nobody_writes(settings):
        fetch_landing(settings)
        recover_releases(settings.paths.published)
        doing("landing: who they are")
        pending = _Pending(settings, person_of)
        person = pending.person(find_person(settings, what))
        asked_by = "e-mail address" if what.email else f"an account of {what.platform}"
        begun = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        certificate = pending.certificate(person_of, asked_by, begun)
        certificate.is_dry = is_dry
        if not is_dry:
            pending.write(what, person, certificate)
            remember_to_forget(settings.paths, person_of, certificate.begun_at, person.things)
            agree_on_forgotten(settings.paths)
        _Work(settings, person, certificate, pending, doing, is_dry=is_dry).run()
        if is_dry:
            return certificate
        certificate.ended_at = (at or datetime.now(UTC)).isoformat(timespec="seconds")
        certificate.write(settings.paths.erasure)
        if certificate.is_whole:
            pending.remove()
    return certificate


def finish_pending(settings: Settings) -> list[Certificate]:
    """Finish what was begun and cut short; return the certificates."""
    done = []
    for path in sorted(settings.paths.erasure.glob(f"{_PENDING}*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        done.append(forget(settings, Asked(**body["asked"])))
    return done


class _Pending:
    """What is left to do of a person, on disk until it is done."""

    def __init__(self, settings: Settings, person_of: str) -> None:
        self.path = settings.paths.erasure / f"{_PENDING}{person_of}.json"
        self.body: dict[str, Any] = {}
        if self.path.is_file():
            self.body = json.loads(self.path.read_text(encoding="utf-8"))

    def person(self, found: Person) -> Person:
        """Return the person as found now, and as found when this was begun."""
        found.things |= {(kind, value) for kind, value in self.body.get("things", ())}
        found.texts |= set(self.body.get("texts", ()))
        return found

    def certificate(self, person_of: str, asked_by: str, begun_at: str) -> Certificate:
        """Return the certificate that was begun, or a new one."""
        told = self.body.get("certificate")
        if not told:
            return Certificate(person_of, asked_by, begun_at)
        removed = [Removed(**each) for each in told["removed"]]
        return Certificate(person_of, asked_by, told["begun_at"], removed=removed)

    def write(self, what: Asked, person: Person, certificate: Certificate) -> None:
        """Write down what is to be done, and what was."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.body = {
            "asked": vars(what),
            "things": sorted(person.things),
            "texts": sorted(person.texts),
        }
        self.note(certificate)

    def note(self, certificate: Certificate) -> None:
        """Write down what was done so far."""
        removed = [vars(each) for each in certificate.removed]
        self.body["certificate"] = {"begun_at": certificate.begun_at, "removed": removed}
        write_private(self.path, json.dumps(self.body, ensure_ascii=False))

    def remove(self) -> None:
        """Nothing is left to do."""
        self.path.unlink(missing_ok=True)


class _Work:
    """The places that are gone through, in order; each can be gone through again."""

    def __init__(
        self,
        settings: Settings,
        person: Person,
        certificate: Certificate,
        pending: _Pending,
        doing: Step,
        *,
        is_dry: bool,
    ) -> None:
        self.settings, self.paths = settings, settings.paths
        self.person, self.certificate, self.pending = person, certificate, pending
        self.doing, self.is_dry = doing, is_dry
        self.texts = Texts(person.texts)
        self.amended: set[int] = set()
        self.forgotten: Forgotten = (
            forgotten_too(self.paths, person.things) if is_dry else load_forgotten(self.paths)
        )
        # of this person alone: who was forgotten before is not asked about again
        self.theirs = Forgotten(
            forgotten_too(self.paths, person.things).marks, home_key(self.paths)
        )

    def run(self) -> None:
        for name, step in (
            ("landing", self._landing),
            ("manifests", self._manifests),
            ("warehouse", self._warehouse),
            ("kept files", self._kept),
            ("releases", self._releases),
            ("logs and pages", self._texts),
            ("Airflow's database", self._databases),
            ("copies", self._copies),
            ("what is left", self._left),
        ):
            self.doing(name)
            step()
            if not self.is_dry:
                self.pending.note(self.certificate)

    def _holds(self, text: str) -> bool:
        return self.texts.stand_in(text) or says_of(text, self.theirs)

    def _shown(self, path: Path) -> str:
        place = path.relative_to(self.paths.home) if path.is_relative_to(self.paths.home) else path
        return self.texts.without(self.forgotten.cleaned(str(place)))

    def _landing(self) -> None:
        found = screen_landing(
            self.settings,
            forgotten=self.forgotten,
            also=self.texts.without,
            is_dry=self.is_dry,
        )
        if not self.is_dry:
            # what a kill left of batches that were written anew before
            sweep(self.paths.landing)
        self.amended |= found.amended
        add = self.certificate.add
        add("landing", "batches written anew", len(found.batches))
        add("landing", "rows of theirs", found.rows)
        add("landing", "rows of others that named them", found.cleaned)
        for batch in found.damaged:
            self.certificate.not_done.append(
                f"batch {batch} is not what landed: `reachline landing delete {batch}`, or restore "
                "it, and forget them again"
            )
        for path in orphans(self.paths, self._holds):
            add(self._shown(path), "file removed", 1)
            if not self.is_dry:
                path.unlink()

    def _manifests(self) -> None:
        root = self.paths.landing
        for manifest in all_manifests(root):
            if amended(manifest, self.texts.without) != manifest:
                self.amended.add(manifest.sequence)
                if not self.is_dry:
                    amend_manifest(root, self.texts.without, manifest.sequence)
        self.certificate.add("landing", "manifests whose texts named them", len(self.amended))

    def _warehouse(self) -> None:
        # what was built of them, and what blocks that were freed still hold
        files = [path for path in self.paths.warehouse.glob("*.duckdb") if path.is_file()]
        if files and self._is_landed():
            self.certificate.add(
                "warehouse", "databases removed, built anew by the next night", len(files)
            )
            if not self.is_dry:
                remove_files(self.paths.warehouse)

    def _is_landed(self) -> bool:
        """Whether anything of them came in: without it, nothing was built of them."""
        return any(each.where == "landing" for each in self.certificate.removed)

    def _kept(self) -> None:
        for path in kept_files(self.paths, self._holds):
            self.certificate.add(self._shown(path), "file removed", 1)
            if not self.is_dry:
                self._dismiss(path)
                remove_kept(path)

    def _dismiss(self, path: Path) -> None:
        """Let nobody wait for a refused file that goes."""
        root = self.paths.landing
        if FAILED not in path.relative_to(self.paths.inbox).parts:
            return
        for refusal in open_refusals(root):
            name = refusal.file.name if refusal.file else ""
            if name in (path.name, self.texts.without(path.name)):
                dismiss_file(root, name, FORGOTTEN)

    def _releases(self) -> None:
        least, key = self.settings.retention.aggregates_of_at_least, home_key(self.paths)
        for fault in broken_releases(self.paths.published):
            self.certificate.not_done.append(f"a release is not whole: {self.texts.without(fault)}")
        for release in releases(self.paths.published):
            with duckdb.connect(str(release.path / DATABASE), read_only=True) as con:
                keys = keys_in(con, self.person, key)
                found = count_in(con, keys, self.texts, least)
            if not found and not self._is_in_files(release):
                continue
            for table, count in found.items():
                self.certificate.add(f"release {release.release_id}", f"rows of {table}", count)
            if not found:
                self.certificate.add(f"release {release.release_id}", "files written anew", 1)
            if not self.is_dry:
                change = partial(remove_from, keys=keys, texts=self.texts, least=least)
                rewrite_release(
                    self.paths.published,
                    release,
                    change,
                    self._amended,
                    FORGOTTEN,
                    self.settings.publish.report.language,
                )

    def _is_in_files(self, release: Release) -> bool:
        about = json.dumps(dict(release.about), ensure_ascii=False)
        return self.texts.stand_in(about)

    def _amended(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._amended(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._amended(inner) for inner in value]
        return self.texts.without(value) if isinstance(value, str) else value

    def _texts(self) -> None:
        for path in list(written_texts(self.paths, self.texts)):
            self.certificate.add(self._shown(path), "texts that named them", 1)
            if not self.is_dry:
                clean_text(path, self.texts)

    def _databases(self) -> None:
        for path in databases(self.paths):
            try:
                count = clean_database(path, self.texts, is_dry=self.is_dry)
            except sqlite3.OperationalError as error:
                self.certificate.not_done.append(
                    f"{self._shown(path)}: {error}: stop Airflow, and forget them again"
                )
                continue
            self.certificate.add(self._shown(path), "values that named them", count)

    def _copies(self) -> None:
        self._store()
        publish, current = self.settings.publish, current_release(self.paths.published)
        if current is None or not (publish.postgres or publish.storage):
            return
        try:
            if publish.postgres:
                self.certificate.add("Postgres", "copy replaced by the current release", 1)
                if not self.is_dry:
                    from reachline.publish.postgres import copy_to_postgres, erase_replaced

                    copy_to_postgres(self.paths, publish.postgres, current)
                    if not erase_replaced(self.paths, publish.postgres):
                        self.certificate.out_of_reach += (STATISTICS,)
            if publish.storage:
                made = releases(self.paths.published)
                self.certificate.add("storage", "copies of releases brought up to these", len(made))
                if not self.is_dry:
                    from reachline.publish.storage import copy_again

                    removed = copy_again(self.paths, publish.storage, made, current)
                    self.certificate.add("storage", "copies of releases removed", len(removed))
        except DeliveryError as error:
            self.certificate.not_done.append(str(error))

    def _store(self) -> None:
        """Remove from the object store what a kill has left there; files of batches went before."""
        store = store_of(self.paths.landing)
        if store is None:
            return
        left = sweep_store(self.paths.landing, is_dry=self.is_dry)
        self.certificate.add("object store", "objects of batches that no manifest names", len(left))
        if not self.is_dry:
            removed, kept = bring_up(self.paths)
            self.certificate.add("object store", "releases removed that are not here", len(removed))
            self.certificate.not_done += [
                f"release {release_id} is current in the object store, and not here: run a night, "
                "and forget them again"
                for release_id in kept
            ]
        self.certificate.out_of_reach = (
            *OUT_OF_REACH,
            "other hosts of the object store: what they landed and shared follows with their next "
            "night; their kept files and logs do not. Run the same command there",
            "what a host that was killed within the last day left in the object store: `reachline "
            "retention apply` removes it when it is a day old",
        )

    def _left(self) -> None:
        """Read all that is left once more: what can't be found any more is gone."""
        if self.is_dry:
            return
        try:
            for path in left_over(self.paths, self.texts):
                self.certificate.not_done.append(
                    f"{self._shown(path)} still holds them: remove it, or write it anew, and "
                    "forget them again"
                )
        except sqlite3.OperationalError as error:
            self.certificate.not_done.append(
                f"not all that is left could be read ({error}): stop Airflow, and forget them again"
            )


@contextmanager
def _nobody_writes(settings: Settings) -> Iterator[None]:
    """Hold all locks under which something of a person could come in meanwhile."""
    landed = {batch.source for batch in manifests(settings.paths.landing)} & sources().keys()
    configured = settings.config.sources.connectors.configured()
    with ExitStack() as stack:
        stack.enter_context(run_lock(settings, "somebody is being forgotten"))
        for source in sorted({*landed, *configured}):
            stack.enter_context(one_at_a_time(settings, source))
        yield
