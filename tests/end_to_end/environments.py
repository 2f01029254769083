"""Environments of their own for what reads a release and can't live beside the pipeline."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def environment(name: str, locks: Path = PROJECT / "bi") -> Path:
    """Return the folder of programs of the environment that <locks>/<name>.lock pins.

    It is kept in .venv-tools until the lock changes. Skips the test, aloud, where the packages
    can't be had.
    """
    lock = locks / f"{name}.lock"
    folder = PROJECT / ".venv-tools" / name
    stamp = folder / ".installed"
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        install(["venv", "--quiet", "--python", sys.executable, str(folder)], name)
        python = str(folder / "bin" / "python")
        hashed = ["--require-hashes", "-r", str(lock)]
        install(["pip", "install", "--quiet", "--python", python, *hashed], name)
        stamp.write_text(wanted, "utf-8")
    return folder / "bin"


def install(arguments: list[str], what: str) -> None:
    """Run uv; skip the test, aloud, where that fails."""
    uv = shutil.which("uv") or str(PROJECT / ".tools" / "bin" / "uv")
    clean = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    try:
        subprocess.run([uv, *arguments], check=True, capture_output=True, text=True, env=clean)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        pytest.skip(f"NOT TESTED: {what} can't be installed here: {said}")
