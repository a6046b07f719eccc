"""Who a visitor is, and what they said outright: logins, ratings, what they hide and answered."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from aisle import _core
from aisle._core import ConfigError, DataError
from aisle.asking import Asks, Id, Time, id_list
from aisle.names import unknown

Said = dict[str, Any]


class People(Asks):
    """The part of an engine that knows people."""

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
        number = float(rating)
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
        kinds = self.catalog().columns()
        said = self._said_by(visitor)
        hidden = dict(said.get("hidden", {}))
        for column, value in values.items():
            if column not in kinds:
                raise ConfigError(unknown("column", column, kinds, of="the catalogue"))
            if value is None:
                hidden.pop(column, None)
                continue
            several = [value] if isinstance(value, str) else id_list(column, value)
            if not all(isinstance(one, str) for one in several):
                raise ConfigError(f"{column}={value!r}: texts are hidden; give one or a list")
            hidden[column] = sorted({*hidden.get(column, ()), *several})
        self._say(visitor, {**said, "hidden": hidden})

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
        said = self._said_by(visitor)
        given = {**said.get("answers", {}), **answers}
        given = {name: value for name, value in given.items() if value is not None}
        _core.GivenValues(given)  # refuses what no expression takes
        self._say(visitor, {**said, "answers": given})

    def said(self, visitor: Id) -> Said:
        """Return what a visitor hides and answered: ``{"hidden": …, "answers": …}``."""
        return dict(self._said_by(visitor))

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
        known = [self._said.pop(one, None) for one in {name, *self._devices(name)}]
        return super().forget(visitor) or any(known)

    # --- on the way to the core -------------------------------------------------------------------

    def _devices(self, user: str) -> list[str]:
        return [one for one, _, _ in self._person(user, _core.microseconds(None))]

    def _said_by(self, visitor: Id) -> Said:
        return self._said.get(id_text(visitor), {})

    def _say(self, visitor: Id, said: Said) -> None:
        name = id_text(visitor)
        said = {what: value for what, value in said.items() if value}
        self._keep_told(name, "said", json.dumps(said, sort_keys=True).encode() if said else b"")
        if said:
            self._said[name] = said
        else:
            self._said.pop(name, None)

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


def union(many: Iterable[Said]) -> Said:
    """What a person said on all their devices; of two answers that of the first device holds."""
    hidden: dict[str, set[str]] = {}
    answers: dict[str, Any] = {}
    for said in many:
        for column, values in said.get("hidden", {}).items():
            hidden.setdefault(column, set()).update(values)
        answers = {**said.get("answers", {}), **answers}
    return {"hidden": {name: sorted(values) for name, values in hidden.items()}, "answers": answers}


def as_filter(hidden: Mapping[str, Iterable[str]], columns: Iterable[str]) -> str:
    """Hidden values as a filter: what has no value is shown.

    Examples
    --------
    >>> as_filter({"brand": ["acme"]}, ["brand", "price"])
    '(brand is null or not (brand in ["acme"]))'
    """
    there = set(columns)
    return " and ".join(
        f"({column} is null or not ({column} in {json.dumps(list(values), ensure_ascii=False)}))"
        for column, values in sorted(hidden.items())
        if column in there
    )
