"""Who a visitor is, and what they said outright: logins, ratings, what they hide and answered."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

import numpy as np

from aisle import _core
from aisle._core import ConfigError, DataError
from aisle.asking import Asks, Id, Time, Where, given, id_list
from aisle.filters import as_text
from aisle.names import unknown

Said = dict[str, Any]


class People(Asks):
    """The part of an engine that knows people."""

    _saying: Lock
    """One change of what is said at a time, forgetting included."""

    def identify(self, visitor: Id, user: Id | None, time: Time | None = None) -> None:
        """Say whose device it is: from now on `visitor` is in the hands of `user`.

        Requests of a user, and of each of their devices, are answered from the events of all of
        them, in the order of time. The first login takes what the device did before along; a later
        one of another user begins anew; ``user=None`` is a logout. Events stay with the id that
        told them, so a link can be taken back (:meth:`separate`), and it does not matter in which
        order links and events come.

        Parameters
        ----------
        visitor
            The device's id, as events carry it.
        user
            The account's id; it may have events of its own. None: nobody who is known.
        time
            Since when; default now. Of two calls for one device and time the later holds.

        Raises
        ------
        ConfigError
            When a device would be linked to itself.
        StateError
            When it can't be written down.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> engine = aisle.Engine(aisle.fit(log))
        >>> engine.identify("phone", "ann")
        >>> engine.identify("laptop", "ann")
        >>> sorted(engine.person("laptop"))
        ['ann', 'laptop', 'phone']
        >>> engine.separate("phone", "ann"), sorted(engine.person("laptop"))
        (1, ['ann', 'laptop'])
        """
        device, owner = id_text(visitor), "" if user is None else id_text(user)
        if device == owner:
            raise ConfigError(f"{visitor!r} is linked to itself; name the device and the account")
        self._identify(device, owner, _core.microseconds(time))

    def separate(self, visitor: Id, user: Id) -> int:
        """Take the links of a device to a user back, as if they had never been.

        Returns
        -------
        int
            How many there were.
        """
        return self._separate(id_text(visitor), id_text(user))

    def person(self, visitor: Id, time: Time | None = None) -> dict[str, list[tuple[Any, Any]]]:
        """Return the ids of the person who uses `visitor`, and when each was theirs.

        Returns
        -------
        dict of str to list of (from, until)
            Microseconds UTC; None: without a bound.
        """
        found: dict[str, list[tuple[Any, Any]]] = {}
        for one, begin, end in self._person(id_text(visitor), _core.microseconds(time)):
            found.setdefault(one, []).append((begin, end))
        return found

    def rate(
        self,
        visitor: Id,
        item: Id,
        rating: float,
        *,
        worst: float = 1.0,
        best: float = 5.0,
        time: Time | None = None,
    ) -> str:
        """Take a rating in: the upper two fifths of the scale are a like, the lower a dislike.

        A like counts at once and outlives the session; what is disliked is not shown again, until
        it is liked. The middle is a view. The rating is the event's value.

        Returns
        -------
        str
            What became of it, as of :meth:`observe`.

        Raises
        ------
        ConfigError
            For a rating beyond the scale.
        """
        try:
            number = float(rating)
        except (TypeError, ValueError):
            raise ConfigError(f"rating is {rating!r}; give a number") from None
        if not (math.isfinite(number) and worst < best and worst <= number <= best):
            raise ConfigError(f"rating is {rating!r}; the scale goes from {worst:g} to {best:g}")
        share = (number - worst) / (best - worst)
        kind = "like" if share >= 0.6 else "dislike" if share <= 0.4 else "view"
        return self.observe(visitor, item, kind, time, number)

    def hide(self, visitor: Id, **values: Any) -> None:
        """Hide items by their attributes, for good: ``engine.hide("v", brand=["acme", "zen"])``.

        Parameters
        ----------
        **values
            Column -> a value or several; they add to those hidden before. None shows all values of
            the column again.

        Raises
        ------
        ConfigError
            For a column that the catalogue has not, or that holds no texts.
        """
        kinds, now = self.catalog().columns(), _core.microseconds(None)
        shown, added = [], {}
        for column, value in values.items():
            if column not in kinds:
                raise ConfigError(unknown("column", column, kinds, of="the catalogue"))
            if value is None:
                shown.append(column)
                continue
            if kinds[column] != "category" or not column.isidentifier():
                raise ConfigError(f"{column} is a {kinds[column]}; values of a category are hidden")
            several = [value] if isinstance(value, str) else id_list(column, value)
            if not all(isinstance(one, str) for one in several):
                raise ConfigError(f"{column}={value!r}: texts are hidden; give one or a list")
            added[column] = dict.fromkeys(several, now)

        def change(said: Said) -> None:
            for column in shown:
                said["hidden"].pop(column, None)
            for column, texts in added.items():
                said["hidden"].setdefault(column, {}).update(texts)

        self._say(visitor, change)

    def remember(self, visitor: Id, **answers: Any) -> None:
        """Remember answers of a quiz: each request of the visitor has them in its context.

        ``engine.remember("v", skin="dry")`` makes ``context.skin == "dry"`` true in the strategies'
        expressions, unless the request's own context says otherwise.

        Parameters
        ----------
        **answers
            Name -> text, number, bool or list of texts; None takes an answer back.

        Raises
        ------
        ConfigError
            For a value of another kind.
        """
        for name, value in answers.items():
            if not name.isidentifier() or value != value:
                raise ConfigError(f"{name}={value!r}: a name of letters, and a value, are meant")
        _core.GivenValues(answers)  # refuses what no expression takes
        now = _core.microseconds(None)

        def change(said: Said) -> None:
            for name, value in answers.items():
                said["answers"].pop(name, None)
                if value is not None:
                    said["answers"][name] = [value, now]

        self._say(visitor, change)

    def said(self, visitor: Id) -> Said:
        """Return what a person hides and answered, on all their devices."""
        told = self._said_by_person(visitor, _core.microseconds(None))
        return {what: value for what, value in told.items() if value}

    def forget(self, visitor: object) -> bool:
        """Erase a visitor, and every device that was ever linked to them, from memory and state.

        Sessions, features, likes, what they hide and answered, links, events on their way and on
        disk: no byte of the id is left in the state's files when it returns.

        Returns
        -------
        bool
            Whether anything was known.

        Raises
        ------
        StateError
            While another program keeps the files from being emptied; it is done when that ends.
        """
        name = id_text(visitor)
        with self._saying:
            known = [self._said.pop(one, None) for one in (name, *self._devices(name))]
            return super().forget(visitor) or any(known)

    # --- on the way to the core -------------------------------------------------------------------

    def _said_by_person(self, visitor: Id, now: int) -> Said:
        """What the person who uses `visitor` said, on each device while it was theirs."""
        name = id_text(visitor)
        if not self._has_links():
            return union([(self._said[name], None, None)] if name in self._said else [])
        parts = self._person(name, now)
        return union((self._said[one], a, b) for one, a, b in parts if one in self._said)

    def _with_said(
        self, visitor: Id, where: Where, context: Mapping[str, Any] | None, time: Time | None
    ) -> tuple[Where, Mapping[str, Any] | None]:
        """The request with what the person hides and answered."""
        given(context)  # refuses what is no context, before it is added to
        said = self._said_by_person(visitor, _core.microseconds(time))
        hidden = as_filter(said["hidden"], self.catalog().columns())
        if hidden and where:
            own = where if isinstance(where, str) else as_text(self.catalog(), where)
            check_alone(own)
            hidden = f"({own}) and {hidden}"
        return hidden or where, {**said["answers"], **(context or {})} or None

    def _say(self, visitor: Id, change: Callable[[Said], None]) -> None:
        name = id_text(visitor)
        with self._saying:
            before = self._said.get(name, {"hidden": {}, "answers": {}})
            said = json.loads(json.dumps(before))
            change(said)
            if said == before:
                return
            is_empty = not any(said.values())
            self._keep_told(name, "said", b"" if is_empty else json.dumps(said).encode())
            if is_empty:
                self._said.pop(name, None)
            else:
                self._said[name] = said

    def _take_told(self) -> None:
        """Goes on from what the state knows."""
        for visitor, name, value in self._told():
            if name == "said":
                self._said[visitor] = json.loads(value)


def id_text(id: object) -> str:  # noqa: A002 - the word users know
    """Return an id as the core keeps it.

    Raises
    ------
    DataError
        For what is no id.
    """
    if isinstance(id, str) and id:
        return id
    if isinstance(id, int | np.integer) and not isinstance(id, bool):
        return str(int(id))
    raise DataError(f"an id must be a str or an int, got {id!r}")


def union(many: Iterable[tuple[Said, int | None, int | None]]) -> Said:
    """What was said within spans of time; of two answers the later holds."""
    hidden: dict[str, set[str]] = {}
    answers: dict[str, tuple[int, Any]] = {}
    for said, begin, end in many:

        def is_within(at: int, begin: int | None = begin, end: int | None = end) -> bool:
            return (begin is None or begin <= at) and (end is None or at < end)

        for column, texts in said["hidden"].items():
            found = {text for text, at in texts.items() if is_within(at)}
            if found:
                hidden.setdefault(column, set()).update(found)
        for name, (value, at) in said["answers"].items():
            if is_within(at) and at >= answers.get(name, (at, None))[0]:
                answers[name] = (at, value)
    return {
        "hidden": {name: sorted(texts) for name, texts in hidden.items()},
        "answers": {name: value for name, (_, value) in answers.items()},
    }


def check_alone(where: str) -> None:
    """Refuse a filter whose brackets would reach beyond it.

    Raises
    ------
    ConfigError
        For one that closes more than it opened, or less.
    """
    depth, quote = 0, ""
    for letter in where:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
    if depth:
        raise ConfigError(f"where is {where!r}: its brackets do not match")


def as_filter(hidden: Mapping[str, Iterable[str]], kinds: Mapping[str, str]) -> str:
    """Hidden values as a filter: what has no value is shown.

    Examples
    --------
    >>> as_filter({"brand": ["acme"]}, {"brand": "category", "price": "number"})
    '(brand is null or not (brand in ["acme"]))'
    """
    return " and ".join(
        f"({column} is null or not ({column} in {json.dumps(list(values), ensure_ascii=False)}))"
        for column, values in sorted(hidden.items())
        if kinds.get(column) == "category"
    )
