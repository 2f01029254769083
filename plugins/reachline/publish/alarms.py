"""The ways that an alarm goes: e-mail, and a message to the channel of a webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reachline.publish.connections import DeliveryError, needed_connection, redacted
from reachline.publish.mail import send_message, text_message
from reachline.settings import Alarms, Paths

if TYPE_CHECKING:
    from airflow.sdk import Connection

_TIMEOUT_SECONDS = 20
_SLACK = "hooks.slack.com/services"


def ways_of(paths: Paths, alarms: Alarms) -> Mapping[str, Callable[[str, str], None]]:
    """Return how an alarm is sent, by name: a function of its subject and text.

    Each raises DeliveryError.
    """
    ways: dict[str, Callable[[str, str], None]] = {}
    if alarms.mail is not None:
        mail = alarms.mail

        def send_mail(subject: str, text: str) -> None:
            send_message(
                paths,
                mail.connection,
                lambda sender: text_message(sender, mail.to, subject, text),
                "the alarm was not sent",
                "run `reachline alarms test`",
            )

        ways["mail"] = send_mail
    if alarms.webhook is not None:
        connection_id = alarms.webhook.connection
        ways["webhook"] = lambda subject, text: _post(paths, connection_id, f"{subject}\n{text}")
    return ways


def _post(paths: Paths, connection_id: str, text: str) -> None:
    """Post a text as Slack's incoming webhooks take it, and those who took that form over.

    https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    """
    import requests

    connection = needed_connection(paths, connection_id)
    try:
        # an address that was moved may be somebody else's: the text goes to no other
        answer = requests.post(
            _address(connection),
            json={"text": text},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        said = f"answered {answer.status_code}: {answer.text[:200]}"
        is_sent = answer.status_code < 300
    except requests.RequestException as error:
        said, is_sent = f"{type(error).__name__}: {error}", False
    if not is_sent:
        raise DeliveryError(
            f"the alarm was not posted by the connection {connection_id}: "
            f"{redacted(DeliveryError(said), connection)}. Mend that, then run "
            "`reachline alarms test`."
        )


def _address(connection: Connection) -> str:
    """Return the address, as Airflow's connections of the type `slackwebhook` give it.

    The password is the whole address, or what stands in it behind the host.
    """
    token = connection.password or ""
    if "://" in token:
        return token
    host = (connection.host or _SLACK).rstrip("/")
    if "://" not in host:
        host = f"{connection.schema or 'https'}://{host}"
    if connection.port:
        host = f"{host}:{connection.port}"
    return f"{host}/{token.lstrip('/')}"
