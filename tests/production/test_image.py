"""The Dockerfile is built by buildah, and what it makes starts, as its user, on a PostgreSQL.

Without a daemon: `--isolation chroot`, storage by copies (vfs). Where the base image can't be
fetched, REACHLINE_BASE_IMAGE names another one with Python and pip, which buildah has in the folder
REACHLINE_BUILDAH_STORE; REACHLINE_BUILD_OPTIONS is more for `buildah build`, such as volumes with a
company's certificates.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from tests.production.services import PROJECT, Services, compose, env_file, services

pytestmark = pytest.mark.long

STORE = os.environ.get("REACHLINE_BUILDAH_STORE")


class Buildah:
    """buildah with a store of its own."""

    def __init__(self, store: Path) -> None:
        self._options = ["--storage-driver", "vfs", "--root", str(store / "root")]
        self._options += ["--runroot", str(store / "run")]

    def __call__(
        self, *words: str | Path, seconds: float = 3000
    ) -> subprocess.CompletedProcess[str]:
        command = ["buildah", *self._options, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)

    def start(self, log: Path, *words: str) -> subprocess.Popen[bytes]:
        with log.open("wb") as out:
            return subprocess.Popen(
                ["buildah", *self._options, *words], stdout=out, stderr=subprocess.STDOUT
            )


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Buildah:
    if not shutil.which("buildah"):
        pytest.skip("NOT TESTED: the image was not built: there is no buildah here")
    return Buildah(Path(STORE) if STORE else tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def container(buildah: Buildah, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A container of the image, built from what is committed or would be."""
    context = tmp_path_factory.mktemp("context")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, context / name)
    base = os.environ.get("REACHLINE_BASE_IMAGE")
    if base is None:
        text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
        pinned = text.split("ARG PYTHON_IMAGE=")[1].split("\n")[0]
        pulled = buildah("pull", pinned, seconds=600)
        if pulled.returncode != 0:
            pytest.skip(f"NOT TESTED: the image was not built: {pulled.stderr.strip()[-400:]}")
    build = [
        "build",
        "--layers",
        "--isolation",
        "chroot",
        "--network",
        "host",
        "--target",
        "reachline",
    ]
    build += shlex.split(os.environ.get("REACHLINE_BUILD_OPTIONS", ""))
    build += ["--build-arg", f"PYTHON_IMAGE={base}"] if base else []
    built = buildah(*build, "--tag", "localhost/reachline-tested", context)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    made = buildah("from", "localhost/reachline-tested")
    assert made.returncode == 0, made.stderr
    yield made.stdout.strip()
    buildah("rm", made.stdout.strip())


def run(running: Services, container: str, service: str) -> list[str]:
    """Return what runs a service in a container of buildah, as compose would."""
    described = compose()["services"][service]
    told = env_file(PROJECT / described["env_file"])
    told.update({name: str(value) for name, value in described["environment"].items()})
    words = ["run", "--isolation", "chroot", "--network", "host", "--user", "1000:1000"]
    words += ["--volume", f"{running.home}:/var/lib/reachline"]
    words += ["--volume", f"{running.config}:/etc/reachline/config:ro"]
    words += ["--volume", f"{running.secrets}:/etc/reachline/secrets:ro"]
    for name, value in told.items():
        here = value.replace("database:5432", f"127.0.0.1:{running.database_port}")
        here = here.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        here = here.replace("api-server:8080", f"127.0.0.1:{running.port}")
        here = str(running.port) if here == "8080" else here
        words += ["--env", f"{name}={here}"]
    return [*words, container, "--"]


def test_the_image_starts_as_its_user_and_not_without_secrets(
    buildah: Buildah, container: str, tmp_path: Path
) -> None:
    plain = ["run", "--isolation", "chroot", "--user", "reachline", container, "--"]
    assert buildah(*plain, "id", "--user").stdout.strip() == "1000"
    assert buildah(*plain, "reachline", "--version").stdout.startswith("reachline ")
    refused = buildah(*plain, "reachline", "airflow", "start", "scheduler")
    assert refused.returncode != 0
    assert "does not start without its secrets" in refused.stderr
    assert buildah(*plain, "ls", "/opt/reachline/config").returncode != 0, "no team's configuration"

    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    with services(tmp_path / "services", config) as running:
        if os.geteuid() == 0:
            for path in (tmp_path, *tmp_path.rglob("*")):
                os.chown(path, 1000, 1000)
        command = compose()["services"]["migrate"]["command"]
        done = buildah(*run(running, container, "migrate"), *command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "the user admin was made" in done.stdout
        described = compose()["services"]["api-server"]
        server = buildah.start(
            tmp_path / "server.log",
            *run(running, container, "api-server"),
            *described["command"],
        )
        try:
            health = described["healthcheck"]["test"][1:]
            deadline = time.monotonic() + 300
            while buildah(*run(running, container, "api-server"), *health).returncode != 0:
                assert server.poll() is None, (tmp_path / "server.log").read_text("utf-8")
                assert time.monotonic() < deadline
                time.sleep(2)
            assert running.ask("GET", "/dags") is not None
        finally:
            server.terminate()
            server.wait(60)
