"""X: the API v2, https://docs.x.com/x-api.

Every post and user that an answer holds is paid for. Before a call the most that it can cost is
taken from the month's `spend_cap`, after it what it did not cost is given back. A search goes from
the newest post back to the newest of the last one; nothing is read twice that was paid for.

An edit is a post of its own, with an id of its own; all versions land under the first one's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, RateHeaders
from reachline.connectors.interests import Interests
from reachline.connectors.quota import Charge, Quota
from reachline.connectors.records import decoded, records_at
from reachline.connectors.types import (
    MISSING,
    UNANSWERED,
    Known,
    NoAnswer,
    Owner,
    Page,
    Query,
    Record,
    Reread,
    RunState,
    Stop,
    Window,
    not_found,
)

PAGE = IDS = 100
RECENT = timedelta(days=7) - timedelta(minutes=30)
"""A recent search knows no older posts, and refuses to be asked for them."""
LAG = timedelta(minutes=1)
"""A post may be searched for so long after it was made."""
_SPEND = "spend"


@dataclass(frozen=True)
class _Names:
    """What posts are asked for by, in the names of one of X's documents."""

    parameter: str
    fields: str
    expansions: str = ""
    """What has to be expanded to be told at all, in every call."""
    most_versions: int = 1
    """So many posts, with all its versions, may come with one."""

    def asked(self, *expansions: str) -> dict[str, str]:
        wanted = list(dict.fromkeys([*filter(None, self.expansions.split(",")), *expansions]))
        expanded = {"expansions": ",".join(wanted)} if wanted else {}
        return {self.parameter: self.fields, **expanded}


_COMMON = "attachments,conversation_id,created_at,entities,lang,public_metrics"
_TWEETS = _Names(
    "tweet.fields",
    f"{_COMMON},author_id,edit_history_tweet_ids,in_reply_to_user_id,note_tweet,referenced_tweets",
)
# what a post refers to is not asked for: it would be paid for, and no search finds a repost
_POSTS = _Names(
    "post.fields",
    f"{_COMMON},note_post,paid_partnership",
    expansions="author_id,edit_history_post_ids",
    most_versions=6,
)
"""From document 2.167 on: who wrote a post, and its versions, are told by expansions alone."""
_USER_FIELDS = {
    "user.fields": "created_at,description,entities,location,protected,public_metrics,verified,"
    "verified_type"
}
_GONE = ("resource-not-found", "not-authorized-for-resource")
"""What a deleted post, or one whose author no longer shows it, is told by."""


_APP_REFUSED = ("client-forbidden", "unsupported-authentication")
"""A 403 that is about the app and its token, not about what was asked."""


class _Post(msgspec.Struct, rename={"own_id": "id", "at": "created_at"}):
    own_id: str
    at: str | None = None
    edit_history_tweet_ids: tuple[str, ...] = ()
    edit_history_post_ids: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of all versions, the oldest first."""
        return self.edit_history_post_ids or self.edit_history_tweet_ids or (self.own_id,)

    @property
    def id(self) -> str:
        return self.versions[0]


class _User(msgspec.Struct):
    username: str


class _Problem(msgspec.Struct):
    type: str = ""
    value: str | None = None
    resource_id: str | None = None

    @property
    def is_gone(self) -> bool:
        return self.type.rpartition("/")[2] in _GONE


class X(Connector):
    """Recent searches with the users who posted, and the users of the roster and the brands."""

    source = "x"
    reread = Reread("posts", batch=IDS)
    learns_of_deletions_in_hours = 24
    owners: ClassVar = {
        "posts": Owner(ids=("author_id",)),
        "users": Owner(ids=("id",), handles=("username",)),
    }
    kept_when_gone: ClassVar = {
        "posts": (
            *("id", "author_id", "created_at", "edit_history_tweet_ids", "edit_history_post_ids"),
            *("public_metrics", "referenced_tweets[*].type", "referenced_posts[*].type"),
        )
    }
    rate = RateHeaders("x-rate-limit-remaining", "x-rate-limit-reset", "epoch")

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return what a calendar month may cost."""
        yield Quota(_SPEND, options.currency, options.spend_cap, window="month")

    def open(self) -> None:
        """Ask with the bearer token of the connection's password."""
        token = self.connection.need(self.source, "password")
        base = self.connection.base_url("https://api.x.com")
        self.server = self.api(base, auth=BearerTokenAuth(token))
        self._handles: tuple[str, ...] = ()
        self._users: dict[str, Record | None] = {}
        self._names = _TWEETS

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for posts by hashtag, mention, keyword and account, and for users by name."""
        # one name of another form fails the call for all
        self._handles = tuple(a.handle for a in interests.accounts if not a.impossible)
        words = ((word, '"{}"'.format(word.replace('"', " "))) for word in interests.keywords)
        asked = {
            "hashtag": ((tag, f"#{tag}") for tag in interests.hashtags),
            "mention": ((handle, f"@{handle}") for handle in interests.mentions),
            "keyword": words,
            "account": ((a.handle, f"from:{a.handle}") for a in interests.accounts),
        }
        for kind, those in asked.items():
            for value, text in those:
                about = {"query": f"{text} -is:retweet"}
                yield Query("posts", f"{kind}:{value}", about=about)
        for account in interests.accounts:
            about = {"handle": account.handle}
            yield Query("users", f"account:{account.handle}", once=False, about=about)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search back to the newest post of the last one, or a user once."""
        if query.stream == "posts":
            yield from self._search(query.about["query"], cursor, window)
        elif (user := self._user(query.about["handle"])) is not None:
            yield Page([user], None)
        else:
            raise not_found("X", query.about["handle"])

    def _search(self, text: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what is newer than `since`, or than `start` where that is unknown or too old.

        The next search begins at `newest`, or at `next` where this one found nothing. `page` goes
        on in this one; where the platform does not know it any more, it goes on below `oldest`.
        """
        cursor = {**(cursor or {"since": None, "start": iso(window.first)})}
        cursor.setdefault("next", iso(window.now - LAG))
        first = max(parse(cursor["start"]), self.run.clock.now() - RECENT).replace(microsecond=0)
        is_known = cursor["since"] is not None and parse(cursor["start"]) >= first
        begin = {"since_id": cursor["since"]} if is_known else {"start_time": iso(first)}
        while True:
            names = self._names
            post = names.most_versions * self.options.price_per_post
            most = PAGE * (post + self.options.price_per_user)
            below = None if cursor.get("page") else cursor.get("oldest")
            asked = {
                **{"query": text, **begin, **({"until_id": below} if below else {})},
                **{**names.asked("author_id"), **_USER_FIELDS, "max_results": str(PAGE)},
                **({"next_token": cursor["page"]} if cursor.get("page") else {}),
            }
            pages = self.server.pages(
                "/2/tweets/search/recent",
                asked,
                paginator=JSONResponseCursorPaginator("meta.next_token", cursor_param="next_token"),
                charge=[Charge(_SPEND, most, if_answered=True)],
                absent=self._is_asked_otherwise,
            )
            with suppress(NoAnswer):
                for answer, following in pages:
                    self._give_back_unused(answer, most)
                    is_empty = answer.json()["meta"]["result_count"] == 0
                    found = answer.records("data[*]", _Post, is_required=not is_empty)
                    known = [record for record in found if record.at]
                    if known:
                        if "newest" not in cursor:
                            cursor |= {"newest": _post(known[0].raw).own_id, "next": known[0].at}
                        cursor["oldest"] = _post(known[-1].raw).own_id
                    page = cursor["page"] = following.get("next_token")
                    end = {"since": cursor.get("newest"), "start": cursor["next"]}
                    users = answer.records("includes.users[*]", stream="users")
                    yield Page([*found, *users], dict(cursor) if page else end)
                    if page is None:
                        return
            if names is not self._names:
                continue
            cursor["page"] = None
            yield Page([], dict(cursor))
            if cursor.get("oldest") == below:
                said = "the platform names the page again that was just read, or knows none of it"
                raise Stop(RunState.FAILED, f"{said}; the next run goes on", whole_server=False)

    def _user(self, handle: str) -> Record | None:
        """Return a user of ours; all are asked for at once, 100 a call."""
        if handle not in self._users:
            wanted = [h for h in dict.fromkeys([handle, *self._handles]) if h not in self._users]
            some = wanted[:IDS]
            most = len(some) * self.options.price_per_user
            answer = self.server.call(
                "/2/users/by",
                {"usernames": ",".join(some), **_USER_FIELDS},
                charge=[Charge(_SPEND, most, if_answered=True)],
            )
            self._give_back_unused(answer, most, users="data")
            users = [(decoded(one, _User), one) for one in answer.records("data[*]")]
            found = {user.username.lower(): record for user, record in users if user}
            self._users |= {name: found.get(name) for name in some}
        return self._users[handle]

    def _give_back_unused(self, answer: Answer, most: Decimal, users: str = "") -> None:
        """Give back what a call did not cost; what comes along costs as if it was asked for."""
        body = answer.json()
        data, includes = body.get("data") or [], body.get("includes") or {}
        along = [*(includes.get("posts") or ()), *(includes.get("tweets") or ())]
        ids = {
            # one that can't be read was paid for, too
            one["id"] if isinstance(one, dict) and "id" in one else place
            for place, one in enumerate([*data, *along])
        }
        people = len(data) if users else len(includes.get("users") or ())
        posts = 0 if users else len(ids)
        cost = posts * self.options.price_per_post + people * self.options.price_per_user
        self.server.give_back(_SPEND, most - cost)

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by id, each in its newest version.

        The answer may say of one that it is gone, or can't be told of.
        """
        wanted = {_post(post.raw).versions[-1]: post.id for post in posts}
        asked: set[str] = set()
        while wanted:
            asked |= wanted.keys()
            answer = self._lookup(list(wanted))
            newer: dict[str, str] = {}
            for record in answer.records("data[*]", _Post):
                post = decoded(record, _Post)
                if post is None:
                    yield record
                    continue
                known = next((wanted[v] for v in post.versions if v in wanted), record.id)
                last = post.versions[-1]
                if last == post.own_id or last in asked:
                    yield replace(record, id=known)
                else:  # it was edited since
                    newer[last] = known
            for raw in records_at(answer.body(), "errors[*]"):
                problem = msgspec.json.decode(raw, type=_Problem)
                told = wanted.get(problem.resource_id or problem.value or "")
                if told is not None:
                    of = b'{"id":%b,%b' % (msgspec.json.encode(told), raw[1:])
                    yield Record(of, told, None, MISSING if problem.is_gone else UNANSWERED)
            wanted = newer

    def _lookup(self, ids: Sequence[str]) -> Answer:
        while True:
            names = self._names
            asked = names.asked()
            most = len(ids) * names.most_versions * self.options.price_per_post
            if "author_id" in asked.get("expansions", ""):
                most += len(ids) * self.options.price_per_user
            try:
                answer = self.server.call(
                    "/2/tweets",
                    {"ids": ",".join(ids), **asked},
                    charge=[Charge(_SPEND, most, if_answered=True)],
                    absent=self._wants_newer_names,
                )
            except NoAnswer:  # now by the newer names
                continue
            self._give_back_unused(answer, most)
            return answer

    def _is_asked_otherwise(self, answer: Answer) -> bool:
        """Return whether an error is met by asking by the newer names, or without the page."""
        return self._wants_newer_names(answer) or _is_unknown_token(answer)

    def _wants_newer_names(self, answer: Answer) -> bool:
        """Return whether an error refuses the names of the fields, and ask by newer ones then."""
        if self._names is _POSTS or not _is_about(answer, self._names.parameter):
            return False
        self._names = _POSTS
        return True

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell a cap of the account at X from too many requests, and an app that is refused."""
        if response.status_code not in (402, 403, 429):
            return None
        try:
            body = response.json()
            title = str(body.get("title"))
        except (msgspec.DecodeError, ValueError, AttributeError):
            return None
        if response.status_code == 403:
            if str(body.get("type")).rpartition("/")[2] not in _APP_REFUSED:
                return None
            text = f"X refuses the app: {title}: {body.get('detail')}. Correct its access at X."
            # another endpoint may be open to it
            return Stop(RunState.AUTH_EXPIRED, text, whole_server=False)
        if response.status_code == 402 or title in ("UsageCapExceeded", "CreditsDepleted"):
            text = f"X answered {response.status_code} {title}: {body.get('detail')}"
            return Stop(RunState.QUOTA_EXHAUSTED, text)
        return None


def _post(raw: bytes) -> _Post:
    return msgspec.json.decode(raw, type=_Post)


def _is_unknown_token(answer: Answer) -> bool:
    """Return whether an error says that the page to go on with is not known any more."""
    return answer.status_code == 400 and "next_token" in str(_problem(answer).get("errors"))


def _is_about(answer: Answer, parameter: str) -> bool:
    """Return whether a request was refused for a parameter, which stands by itself or in words."""
    problem = _problem(answer)
    told = re.compile(rf"[\[`'\"]{re.escape(parameter)}[\]`'\"]")
    return answer.status_code == 400 and any(
        parameter in (one.get("parameters") or {})
        or one.get("parameter") == parameter
        or told.search(str(one.get("message")))
        for one in [problem, *(problem.get("errors") or ())]
    )


def _problem(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    return body if isinstance(body, dict) else {}
