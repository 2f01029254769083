"""X: the API v2, https://docs.x.com/x-api.

Every post and user that an answer holds is paid for. Before a call the most that it can cost is
taken from the month's `spend_cap`, after it what it did not cost is given back. A search goes from
the newest post back to the newest of the last one; nothing is read twice that was paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

from reachline.connectors.base import (
    MISSING,
    Connector,
    Known,
    Page,
    Query,
    Record,
    Reread,
    RunState,
    Stop,
    Window,
)
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, Api, Charge, Head, RateHeaders, cut, records_at
from reachline.connectors.interests import Interests
from reachline.connectors.quota import Quota
from reachline.connectors.redact import Redactor

PAGE = IDS = 100
RECENT = timedelta(days=7) - timedelta(minutes=30)
"""A recent search knows no older posts, and refuses to be asked for them."""
LAG = timedelta(minutes=1)
"""A post may be searched for so long after it was made."""
_SPEND = "spend"
_RATE = RateHeaders("x-rate-limit-remaining", "x-rate-limit-reset", "epoch")
_POST = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,public_metrics,referenced_tweets"
}
_USER = {
    "user.fields": "created_at,description,entities,location,protected,public_metrics,verified,"
    "verified_type"
}
_GONE = ("resource-not-found", "not-authorized-for-resource")
"""What a deleted post, or one whose author no longer shows it, is told by."""


class _Post(Head, rename={"at": "created_at"}):
    id: str
    at: str | None = None


class _Problem(msgspec.Struct):
    type: str = ""
    value: str | None = None
    resource_id: str | None = None

    @property
    def what(self) -> str:
        return self.type.rpartition("/")[2]


class X(Connector):
    """Recent searches with the users who posted, and the users of the roster and the brands."""

    source = "x"
    reread = Reread("posts", batch=IDS)

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return what a calendar month may cost."""
        yield Quota(_SPEND, options.currency, options.spend_cap, window="month")

    def open(self, make: Callable[..., Api], redactor: Redactor) -> None:
        """Ask with the bearer token of the connection's password."""
        token = self.connection.need(self.source, "password")
        base = self.connection.base_url("https://api.x.com")
        self.api = make(base, auth=BearerTokenAuth(token), rate=_RATE)
        self._handles: tuple[str, ...] = ()
        self._users: dict[str, Record | None] = {}

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for posts by hashtag, mention, keyword and account, and for users by name."""
        self._handles = tuple(account.handle for account in interests.accounts)
        words = ((word, '"{}"'.format(word.replace('"', " "))) for word in interests.keywords)
        asked = {
            "hashtag": ((tag, f"#{tag}") for tag in interests.hashtags),
            "mention": ((handle, f"@{handle}") for handle in interests.mentions),
            "keyword": words,
            "account": ((handle, f"from:{handle}") for handle in self._handles),
        }
        for kind, those in asked.items():
            for value, text in those:
                about = {"query": f"{text} -is:retweet"}
                yield Query("posts", f"{kind}:{value}", about=about)
        for handle in self._handles:
            yield Query("users", f"account:{handle}", once=False, about={"handle": handle})

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search back to the newest post of the last one, or a user once."""
        if query.stream == "posts":
            yield from self._search(query.about["query"], cursor, window)
        elif (user := self._user(query.about["handle"])) is not None:
            yield Page([user], None)

    def _search(self, text: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what is newer than `since`, or than `start` where that is unknown or too old.

        The next search begins at `newest`, or at `next` where this one found nothing. `page` goes
        on in this one; where the platform does not know it any more, it goes on below `oldest`.
        """
        cursor = {**(cursor or {"since": None, "start": iso(window.first)})}
        cursor.setdefault("next", iso(window.now - LAG))
        first = max(parse(cursor["start"]), self.api.clock.now() - RECENT).replace(microsecond=0)
        is_known = cursor["since"] is not None and parse(cursor["start"]) >= first
        begin = {"since_id": cursor["since"]} if is_known else {"start_time": iso(first)}
        while True:
            below = None if cursor.get("page") else cursor.get("oldest")
            asked = {"query": text, **begin, **({"until_id": below} if below else {})}
            for answer, following in self._pages(asked, cursor.get("page")):
                found = cut(answer, "data[*]", _Post)
                users = cut(answer, "includes.users[*]", stream="users")
                if found:
                    if "newest" not in cursor and found[0].at:
                        cursor |= {"newest": found[0].id, "next": found[0].at}
                    cursor["oldest"] = found[-1].id
                cursor["page"] = following
                end = {"since": cursor.get("newest"), "start": cursor["next"]}
                yield Page([*found, *users], dict(cursor) if following else end)
                if following is None:
                    return
            cursor["page"] = None
            yield Page([], dict(cursor))
            if cursor.get("oldest") == below:
                said = "the platform names the page again that was just read, or knows none of it"
                raise Stop(RunState.FAILED, f"{said}; the next run goes on", whole_server=False)

    def _pages(
        self, asked: Mapping[str, str], page: str | None
    ) -> Iterator[tuple[Answer, str | None]]:
        """Yield answers, each with the token of the next; none where it is no token any more."""
        params = {
            **asked,
            **_POST,
            **_USER,
            "expansions": "author_id",
            "max_results": str(PAGE),
            **({"next_token": page} if page else {}),
        }
        most = PAGE * (self.options.price_per_post + self.options.price_per_user)
        paginator = JSONResponseCursorPaginator("meta.next_token", cursor_param="next_token")
        for found in self.api.pages(
            "/2/tweets/search/recent",
            params,
            paginator=paginator,
            charge=[Charge(_SPEND, most, if_answered=True)],
            accept=[400],
        ):
            answer = cast(Answer, found.response)
            if answer.status_code == 200:
                self._settle(answer, most)
                yield answer, (answer.json().get("meta") or {}).get("next_token")
            elif "next_token" not in str(answer.json().get("errors")):
                text = f"search/recent: {answer.json().get('errors') or answer.json()}"
                raise Stop(RunState.FAILED, text[:300], whole_server=False)

    def _user(self, handle: str) -> Record | None:
        """Return a user of ours; all are asked for at once, 100 a call."""
        if handle not in self._users:
            wanted = [h for h in dict.fromkeys([handle, *self._handles]) if h not in self._users]
            some = wanted[:IDS]
            most = len(some) * self.options.price_per_user
            answer = self.api.call(
                "/2/users/by",
                {"usernames": ",".join(some), **_USER},
                charge=[Charge(_SPEND, most, if_answered=True)],
            )
            self._settle(answer, most, users="data")
            names = [user["username"].lower() for user in answer.json().get("data") or ()]
            found = dict(zip(names, cut(answer, "data[*]"), strict=True))
            self._users |= {name: found.get(name) for name in some}
        return self._users[handle]

    def _settle(self, answer: Answer, most: Decimal, users: str = "") -> None:
        """Give back what a call did not cost; a user that comes along counts as one."""
        body = answer.json()
        data = len(body.get("data") or ())
        included = len((body.get("includes") or {}).get("users") or ())
        posts, people = (0, data) if users else (data, included)
        cost = posts * self.options.price_per_post + people * self.options.price_per_user
        self.api.give_back(_SPEND, most - cost)

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by id; one that the answer says is gone, or twice leaves out, is gone."""
        missing = [post.id for post in posts]
        for _ in range(2):
            if not missing:
                return
            most = len(missing) * self.options.price_per_post
            answer = self.api.call(
                "/2/tweets",
                {"ids": ",".join(missing), **_POST},
                charge=[Charge(_SPEND, most, if_answered=True)],
            )
            self._settle(answer, most)
            found = cut(answer, "data[*]", _Post)
            yield from found
            answered = {record.id for record in found}
            for raw in records_at(answer.content, "errors[*]"):
                told = msgspec.json.decode(raw, type=_Problem)
                identity = told.resource_id or told.value
                if identity in missing and identity is not None:
                    answered.add(identity)
                    if told.what in _GONE:
                        yield Record(raw, identity, None, MISSING)
            missing = [identity for identity in missing if identity not in answered]
        for identity in missing:
            yield Record(msgspec.json.encode({"id": identity}), identity, None, MISSING)

    def judge(self, response: Response) -> Stop | None:
        """Tell a cap of the account at X, which is not ours, from too many requests."""
        if response.status_code not in (402, 429):
            return None
        try:
            told = response.json()
            title = str(told.get("title"))
        except (msgspec.DecodeError, ValueError, AttributeError):
            return None
        if response.status_code == 402 or title in ("UsageCapExceeded", "CreditsDepleted"):
            text = f"X answered {response.status_code} {title}: {told.get('detail')}"
            return Stop(RunState.QUOTA_EXHAUSTED, text)
        return None
