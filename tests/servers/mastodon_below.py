"""Serves mastodon_mock below the name of a server, as the connector asks several at one address.

Runs in the environment that pip/mastodon.lock pins: mastodon_below.py PORT SERVER TOKEN…
The accounts are called as their tokens.
"""

from __future__ import annotations

import sys

import uvicorn
from mastodon_mock.app import create_app
from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig
from starlette.applications import Starlette
from starlette.routing import Mount

port, server, *tokens = sys.argv[1:]
accounts = [SeedAccount(username=token, access_token=token) for token in tokens]
config = MastodonMockConfig(domain=server, url_scheme="https", seed=SeedConfig(accounts=accounts))
app = Starlette(routes=[Mount(f"/{server}", create_app(config))])
uvicorn.run(app, host="127.0.0.1", port=int(port))
