"""The landing zone: batches as they came, and the manifests that make them visible."""

from __future__ import annotations

from reachline.landing.batches import (
    Draft,
    Swept,
    amend_manifest,
    commit_batch,
    commit_states,
    delete_batch,
    draft_batch,
    drop_lines,
    hold_batch,
    reading_files,
    remove_deleted,
    retry_lines,
    rewrite_batch,
    rewrite_decision,
    sweep,
    unhold_batch,
    unnamed_files,
)
from reachline.landing.disk import DiskFullError
from reachline.landing.index import drop_index
from reachline.landing.manifests import (
    INBOX,
    RETENTION,
    FileOrigin,
    LandingError,
    Manifest,
    State,
    all_manifests,
    decisions,
    deleted_batches,
    find_batch,
    held_batches,
    last_rewrites,
    manifests,
)
from reachline.landing.packing import Packed, pack
from reachline.landing.packs import is_there
from reachline.landing.people import Screened, forgotten_rows, screened
from reachline.landing.reading import Checks, DamagedBatchError
from reachline.landing.refusals import dismiss_file, open_refusals, refuse_file
from reachline.landing.repair import Repaired, declare_lost, repair
from reachline.landing.shared import Fetched, fetch_home, sweep_store
from reachline.landing.verify import Finding, StoredFile, stored_files, verify

__all__ = [
    "INBOX",
    "RETENTION",
    "Checks",
    "DamagedBatchError",
    "DiskFullError",
    "Draft",
    "Fetched",
    "FileOrigin",
    "Finding",
    "LandingError",
    "Manifest",
    "Packed",
    "Repaired",
    "Screened",
    "State",
    "StoredFile",
    "Swept",
    "all_manifests",
    "amend_manifest",
    "commit_batch",
    "commit_states",
    "decisions",
    "declare_lost",
    "delete_batch",
    "deleted_batches",
    "dismiss_file",
    "draft_batch",
    "drop_index",
    "drop_lines",
    "fetch_home",
    "find_batch",
    "forgotten_rows",
    "held_batches",
    "hold_batch",
    "is_there",
    "last_rewrites",
    "manifests",
    "open_refusals",
    "pack",
    "reading_files",
    "refuse_file",
    "remove_deleted",
    "repair",
    "retry_lines",
    "rewrite_batch",
    "rewrite_decision",
    "screened",
    "stored_files",
    "sweep",
    "sweep_store",
    "unhold_batch",
    "unnamed_files",
    "verify",
]
