# Reachline in production: docker-compose.yml builds and runs it, docs/production.md says how.
# A base image is named by its digest; another one: docker compose build --build-arg PYTHON_IMAGE=…
ARG PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254

FROM ${PYTHON_IMAGE} AS reachline
# git: a release names the commit that made it
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bash git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home reachline \
    && git config --system safe.directory /opt/reachline \
    && install --directory --owner=reachline /opt/reachline /etc/reachline /var/lib/reachline

USER reachline
WORKDIR /opt/reachline

# the environment first: it is built anew only when the lock changes; with bytecode, as nothing can
# be written there later
COPY --chown=reachline requirements-production.lock requirements-uv.lock pyproject.toml README.md LICENSE Makefile ./
COPY --chown=reachline plugins/reachline/__init__.py plugins/reachline/
RUN UV_COMPILE_BYTECODE=1 make setup-production && rm -rf ~/.cache

COPY --chown=reachline . .
RUN .venv/bin/python -m compileall -q plugins

ENV PATH=/opt/reachline/.venv/bin:$PATH
ENTRYPOINT []
CMD ["reachline", "--help"]

FROM ${PYTHON_IMAGE} AS superset
RUN useradd --uid 1000 --create-home superset \
    && install --directory --owner=superset /opt/superset /var/lib/superset
COPY bi/superset.lock deploy/superset_config.py /opt/superset/
RUN python -m venv /opt/superset/venv \
    && /opt/superset/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /opt/superset/superset.lock
USER superset
ENV PATH=/opt/superset/venv/bin:$PATH \
    SUPERSET_CONFIG_PATH=/opt/superset/superset_config.py \
    SUPERSET_HOME=/var/lib/superset
CMD ["sh", "-euc", "superset db upgrade; superset init; exec gunicorn --bind 0.0.0.0:8088 --workers 2 --timeout 120 'superset.app:create_app()'"]
