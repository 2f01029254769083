"""What the servers are made of: packages, installed into .venv-tools/servers from their locks."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".venv-tools" / "servers"
MINUTES = 20
"""A module in C++ may have to be compiled."""


def installed(name: str, node: Path | None = None, source: Path | None = None) -> Path:
    """Return the folder node_modules of what npm/<name>/package-lock.json pins.

    It is kept until the lock changes. `source` is the folder of a lock that lies elsewhere. `node`
    is the Node.js to install with, that on PATH where it is None. Skips the test, aloud, where the
    packages can't be had.
    """
    source, folder = source or HERE / "npm" / name, FOLDER / name
    lock, stamp = source / "package-lock.json", folder / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder)
        try:
            subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=folder, env=environment(node), check=True, capture_output=True, text=True,
                timeout=MINUTES * 60,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            said = str(getattr(error, "stderr", None) or error)
            pytest.skip(f"NOT TESTED: {name} can't be installed here: {said[-500:]}")
        stamp.write_text(wanted, "utf-8")
    return folder / "node_modules"


def environment(node: Path | None) -> dict[str, str]:
    """Return the environment in which `node` is the Node.js that runs, and is compiled for."""
    if node is None:
        return dict(os.environ)
    return {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}",
        "npm_config_nodedir": str(node.parents[1]),
    }


def newest_node() -> Path:
    """Return the Node.js that npm/node pins, which the servers want; Debian's may be older."""
    found = sorted(installed("node").glob("node-*/bin/node"))
    if not found:
        pytest.skip("NOT TESTED: npm/node/package.json names no Node.js for this machine")
    return found[0]
