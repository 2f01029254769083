"""What docker-compose.yml, the Dockerfile, systemd's units and the secrets say, without Docker.

That the services do what they should is seen in test_processes.py, which runs what stands there.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reachline.errors import ReachlineError
from reachline.local_airflow import production
from tests.production.services import PARTS, compose, env_file

ENV_EXAMPLE = ".env.example"
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
AIRFLOW = (*PARTS, "migrate")


@pytest.fixture(scope="module")
def services(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = compose(project)["services"]
    return found


def test_the_file_is_what_the_specification_says(project: Path) -> None:
    import jsonschema

    beside = project.parent / "shared/data/schemas"
    folder = Path(os.environ.get("REACHLINE_PUBLISHED_SCHEMAS", beside))
    schema = folder / "compose-spec.json"
    if not schema.is_file():
        pytest.skip(
            "NOT TESTED: no compose-spec.json; set REACHLINE_PUBLISHED_SCHEMAS to its folder"
        )
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    for variables in ({}, env_file(project / ENV_EXAMPLE)):
        described = compose(project, **variables)
        faults = [
            f"{list(fault.path)}: {fault.message}" for fault in validator.iter_errors(described)
        ]
        assert not faults, faults


def test_docker_compose_itself_reads_it(project: Path, tmp_path: Path) -> None:
    """`docker compose config` needs no daemon; where there is no Docker it is left out, aloud."""
    docker = shutil.which("docker")
    told = docker and subprocess.run([docker, "compose", "version"], capture_output=True)
    if not docker or not told or told.returncode != 0:
        pytest.skip("NOT TESTED: there is no `docker compose` here")
    for name in ("docker-compose.yml", "deploy/airflow.env"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(project / name, tmp_path / name)
    command = [docker, "compose", "--profile", "superset", "--profile", "copy", "config", "--quiet"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "copy .env.example to .env" in refused.stderr
    shutil.copy(project / ENV_EXAMPLE, tmp_path / ".env")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_service_is_confined(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["user"] == "1000:1000", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert {"mem_limit", "pids_limit", "stop_grace_period"} <= set(service), name
        assert ("healthcheck" in service) == (name != "migrate"), name
        assert (service["restart"] == "unless-stopped") == (name != "migrate"), name


def test_what_is_published_is_published_on_loopback(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {
        "api-server": ["127.0.0.1:8080:8080"],
        "superset": ["127.0.0.1:8088:8088"],
        "copy": ["127.0.0.1:5433:5432"],
    }
    assert services["database"]["networks"] == ["inside"]


def test_images_of_others_are_named_by_digest(services: dict[str, Any], project: Path) -> None:
    for name, service in services.items():
        assert "build" in service or DIGEST.search(service["image"]), name
    bases = re.findall(
        r"^(?:ARG PYTHON_IMAGE=|FROM )(\S+)", (project / "Dockerfile").read_text("utf-8"), re.M
    )
    assert DIGEST.search(bases[0])
    assert set(bases[1:]) == {"${PYTHON_IMAGE}"}
    assert "USER reachline" in (project / "Dockerfile").read_text("utf-8")


def test_the_example_sets_every_variable_that_is_asked_for(project: Path) -> None:
    text = (project / "docker-compose.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    assert asked == set(env_file(project / ENV_EXAMPLE))


def test_no_secret_has_a_value_anywhere(project: Path, services: dict[str, Any]) -> None:
    told = {**env_file(project / "deploy/airflow.env"), **env_file(project / ENV_EXAMPLE)}
    for service in services.values():
        told.update(service.get("environment", {}))
    secret = re.compile(r"(PASSWORD|SECRET|FERNET|_KEY|SQL_ALCHEMY)")
    for name, value in told.items():
        if secret.search(name) and name not in ("REACHLINE_SECRETS", "REACHLINE_SECRETS_FOLDER"):
            assert name.endswith(("_CMD", "_FILE")), name
            assert value.startswith(("cat /etc/reachline/secrets/", "/")), name
    for described in compose(project)["secrets"].values():
        assert set(described) == {"file"}


def test_each_part_is_given_the_secrets_it_needs_and_no_other(services: dict[str, Any]) -> None:
    of_all = {"fernet_key", "jwt_secret", "api_secret_key", "database_password"}
    given = {
        name: {secret["source"] for secret in service.get("secrets", [])}
        for name, service in services.items()
    }
    assert given == {
        **dict.fromkeys(PARTS, of_all),
        "migrate": of_all | {"admin_password"},
        "database": {"database_password"},
        "superset": {"superset_secret_key"},
        "copy": {"copy_password"},
    }
    assert set(production._SECRETS) == given["migrate"]


def test_every_part_runs_once_the_database_is_migrated(services: dict[str, Any]) -> None:
    assert set(PARTS) == set(production.PARTS)
    for part in PARTS:
        assert services[part]["command"] == ["reachline", "airflow", "start", part]
        assert services[part]["healthcheck"]["test"] == [
            *("CMD", "reachline", "airflow", "health", part)
        ]
        assert services[part]["depends_on"] == {
            "database": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert services["migrate"]["command"] == ["reachline", "airflow", "migrate"]


def test_the_scheduler_is_given_more_time_than_the_others(services: dict[str, Any]) -> None:
    minutes = {name: int(services[name]["stop_grace_period"].removesuffix("m")) for name in AIRFLOW}
    assert minutes["scheduler"] >= 15
    assert all(minutes[name] == 1 for name in PARTS if name != "scheduler")


def test_systemd_starts_the_same_with_the_same(project: Path, services: dict[str, Any]) -> None:
    folder = project / "deploy/systemd"
    units = {path.name: _unit(path) for path in folder.iterdir()}
    part, migrate = units["reachline-airflow@.service"], units["reachline-migrate.service"]
    for unit, command in ((part, ["start", "%i"]), (migrate, ["migrate"])):
        told = unit["Service"]
        program, *words = told["ExecStart"][0].split()
        assert program == "/opt/reachline/.venv/bin/reachline"
        assert words == ["airflow", *command]
        assert told["EnvironmentFile"][0] == f"/opt/reachline/{services['scheduler']['env_file']}"
        assert told["User"] == ["reachline"]
        assert told["UMask"] == ["0027"]
        assert told["NoNewPrivileges"] == ["yes"]
        assert told["ProtectSystem"] == ["strict"]
    assert part["Unit"]["Requires"] == ["reachline-migrate.service"]
    assert part["Service"]["TimeoutStopSec"] == ["15min"]
    wanted = " ".join(units["reachline.target"]["Unit"]["Wants"])
    assert {f"reachline-airflow@{name}.service" for name in PARTS} <= set(wanted.split())


def test_systemd_itself_understands_the_units(project: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("NOT TESTED: there is no systemd-analyze here")
    units = sorted((project / "deploy/systemd").iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    # what it can't find is the program, which is installed there on the server alone
    assert all("/opt/reachline/.venv/bin/reachline is not executable" in line for line in lines)


def _unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the sections of a unit: each name with its values, in order."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(section, {}).setdefault(name, []).append(value)
    return found


# --- secrets --------------------------------------------------------------------------------------


@pytest.fixture
def secrets(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "secrets"
    subprocess.run([project / "deploy/secrets", folder], check=True, capture_output=True)
    monkeypatch.setenv("REACHLINE_SECRETS", str(folder))
    return folder


def test_secrets_are_made_once_for_their_owner_alone(project: Path, secrets: Path) -> None:
    made = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert set(made) == {*production._SECRETS, "superset_secret_key", "copy_password"}
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for path in secrets.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.urlsafe_b64decode(made["fernet_key"])) == 32
    assert len(set(made.values())) == len(made)
    (secrets / "jwt_secret").write_bytes(b"")
    subprocess.run([project / "deploy/secrets", secrets], check=True, capture_output=True)
    again = {path.name: path.read_bytes() for path in secrets.iterdir()}
    changed = {name for name in made if made[name] != again[name]}
    assert changed == {"jwt_secret"}
    rotated = b",".join((base64.urlsafe_b64encode(bytes(32)), made["fernet_key"]))
    (secrets / "fernet_key").write_bytes(rotated)
    production._require_secrets(production._SECRETS)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("fernet_key", None, "fernet_key: No such file or directory"),
        ("fernet_key", "a-key-of-my-own", "fernet_key: not 32 random bytes"),
        ("jwt_secret", "", "jwt_secret: not 32 characters"),
        ("database_password", "reachline", "database_password: not 16 characters"),
        ("admin_password", "admin", "admin_password: not 12 characters"),
    ],
)
def test_nothing_starts_without_its_secrets(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str | None, said: str
) -> None:
    if text is None:
        (secrets / name).unlink()
    else:
        (secrets / name).write_text(text, encoding="utf-8")
    with pytest.raises(ReachlineError, match=said):
        production.migrate()
    started: list[Any] = []
    monkeypatch.setattr(os, "execv", lambda *given: started.append(given))
    if name == "admin_password":
        production.start("scheduler")
        assert started[0][1][-2:] == ["scheduler", "--skip-serve-logs"]
    else:
        with pytest.raises(ReachlineError, match=said):
            production.start("scheduler")
        assert not started


def test_the_database_s_address_is_made_of_the_secret(project: Path, secrets: Path) -> None:
    variables = {
        **os.environ,
        "REACHLINE_SECRETS": str(secrets),
        "REACHLINE_DATABASE": "database:5432/reachline",
    }

    def asked() -> subprocess.CompletedProcess[str]:
        command = [project / "deploy/database-address", "psycopg"]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    password = (secrets / "database_password").read_text(encoding="utf-8")
    assert asked().stdout == f"postgresql+psycopg://reachline:{password}@database:5432/reachline"
    for text in ("", "pass/word@elsewhere", "two\nlines"):
        (secrets / "database_password").write_text(text, encoding="utf-8")
        refused = asked()
        assert refused.returncode != 0
        assert refused.stdout == ""
        assert "database_password" in refused.stderr
