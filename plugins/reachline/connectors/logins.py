"""Logins that give a token for a time: OAuth 2, and the sessions that platforms have of their own.

A token that stands in the connection needs none of this: dlt's BearerTokenAuth, APIKeyAuth and
HttpBasicAuth put it into the request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth, OAuth2ClientCredentials
from requests import PreparedRequest, Response

from reachline.connectors.http import Api
from reachline.connectors.types import NoAnswer, RunState, Stop

_EARLY = timedelta(seconds=30)
"""A token is renewed so long before its end, for it must hold until the request has arrived."""


class OAuthLogin(OAuth2ClientCredentials):
    """dlt's OAuth 2 client credentials, asked for through an Api and by the clock of the run.

    It logs in at once, so that a login that fails stops the source, not one query after another.
    The token is renewed when its time ends, and when an answer refuses it. `api` is the server
    that gives tokens, at `path`. With `basic`, the client's id and secret go into the Authorization
    header instead of the form (RFC 6749, 2.3.1). `grant` is added to the form: for a refresh token
    it is `{"grant_type": "refresh_token", "refresh_token": "…"}`.

    Raises Stop: auth_expired where the server refuses the login, else as `Api.call` does.
    """

    def __init__(
        self,
        api: Api,
        path: str,
        client_id: str,
        client_secret: str,
        *,
        basic: bool = False,
        grant: dict[str, str] | None = None,
    ) -> None:
        super().__init__(
            access_token_url=path,
            client_id=client_id,
            client_secret=client_secret,
            access_token_request_data=dict(grant or {}),
            session=api.session,
        )
        self.api = api
        self.basic = HttpBasicAuth(client_id, client_secret) if basic else None
        self.ends: datetime | None = None
        self.obtain_token()

    def obtain_token(self) -> None:
        """Fetch a token, and keep it until its end."""
        form = self.build_access_token_request()["data"]
        if self.basic is not None:
            form = {name: form[name] for name in form if name not in ("client_id", "client_secret")}
        try:
            answer = self.api.call(
                self.access_token_url, method="POST", form=form, auth=self.basic, absent=(400, 401)
            )
        except NoAnswer as refused:
            text = f"{refused}. The login was refused: renew what stands in the connection."
            raise Stop(RunState.AUTH_EXPIRED, text) from None
        body = answer.json()
        if "refresh_token" in self.access_token_request_data and body.get("refresh_token"):
            # some servers give another with each token, and take the old one no more
            self.access_token_request_data["refresh_token"] = body["refresh_token"]
        seconds = self.parse_expiration_in_seconds(body)
        self.keep(self.parse_access_token(body), body.get("refresh_token"), seconds=seconds)

    def keep(
        self, token: str, refresh_token: str | None = None, seconds: int | None = None
    ) -> None:
        """Ask with `token` from now on, for so many seconds if they are known; hide both tokens."""
        self.api.run.redactor.learn(token, refresh_token)
        self.access_token = token
        now = self.api.run.clock.now()
        self.ends = None if seconds is None else now + timedelta(seconds=seconds) - _EARLY

    def is_token_expired(self) -> bool:
        """Return whether the token is at its end, by the clock of the run."""
        return self.ends is not None and self.api.run.clock.now() >= self.ends

    def is_refused(self, response: Response) -> bool:
        """Return whether an answer says that the token is not valid any more."""
        return response.status_code == 401

    def __call__(self, request: PreparedRequest) -> PreparedRequest:  # noqa: D102 - of requests
        request.register_hook("response", self._renew_where_refused)
        return super().__call__(request)

    def _renew_where_refused(self, response: Response, **options: Any) -> Response:
        """Ask once more, with a new token, what was refused for an old one."""
        if not self.is_refused(response):
            return response
        self.obtain_token()
        request = response.request
        request.headers["Authorization"] = f"Bearer {self.access_token}"
        answer: Response = response.connection.send(request, **options)
        return answer
