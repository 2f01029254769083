# Reachline on a server: `docker compose up --build --detach` (docker-compose.yml).
FROM python:3.12-slim

# git: a release names the commit that made it
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bash git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 reachline \
    && install --directory --owner=reachline /reachline /data

USER reachline
WORKDIR /reachline

# the environment first: it is built anew only when the lock changes
COPY --chown=reachline requirements.lock requirements-uv.lock pyproject.toml README.md LICENSE Makefile ./
COPY --chown=reachline plugins/reachline/__init__.py plugins/reachline/
RUN make setup-run

COPY --chown=reachline . .

ENV PATH=/reachline/.venv/bin:$PATH \
    REACHLINE_HOME=/data \
    REACHLINE_CONFIG=/reachline/config \
    AIRFLOW_HOME=/data/airflow \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false

ENTRYPOINT []
CMD ["reachline", "--help"]
