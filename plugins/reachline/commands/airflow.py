"""`reachline airflow`: Airflow on this machine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reachline.commands.options import Force, Night, Promote


class Part(StrEnum):
    """A part of Airflow that runs as a service."""

    API_SERVER = "api-server"
    SCHEDULER = "scheduler"
    DAG_PROCESSOR = "dag-processor"
    TRIGGERER = "triggerer"


PartArgument = Annotated[Part, typer.Argument(help="The part of Airflow.")]

app = typer.Typer(help="Airflow on this machine.", no_args_is_help=True)


@app.command()
def nightly(
    night: Night,
    promote: Promote = False,
    force: Force = False,
) -> None:
    """Run one night through the DAG `nightly`, in this process, without a scheduler."""
    from reachline.local_airflow import nights
    from reachline.night import require_reached
    from reachline.settings import load_settings

    settings = load_settings()
    require_reached(settings, night.date(), is_forced=force)
    typer.echo(nights.nightly(settings, night.date(), promote=promote, force=force))


@app.command()
def up() -> None:
    """Start Airflow on 127.0.0.1, wait until its page answers, and print address and login."""
    from reachline.local_airflow import server

    typer.echo(server.up())


@app.command()
def down() -> None:
    """Stop what `up` started."""
    from reachline.local_airflow import server

    typer.echo("Airflow is down." if server.down() else "Airflow is not up.")


@app.command()
def prepare() -> None:
    """Make Airflow's home, database and pools, as `up` does first. Safe to repeat."""
    from reachline.local_airflow import environment
    from reachline.settings import config_dir, paths

    environment.prepare(paths(), config_dir())


@app.command()
def serve() -> None:
    """Run scheduler, DAG processor and web page in the foreground, as `up` does."""
    from reachline.local_airflow import server

    server.serve()


@app.command()
def migrate() -> None:
    """In production: bring Airflow's database, its pools and the user admin up to date."""
    from reachline.local_airflow import production

    typer.echo(production.migrate())


@app.command()
def start(part: PartArgument) -> None:
    """In production: run one part of Airflow, as a service does."""
    from reachline.local_airflow import production

    production.start(part)


@app.command()
def health(part: PartArgument) -> None:
    """In production: say whether a part is well; exit code 1 if not."""
    from reachline.local_airflow import production

    production.health(part)
