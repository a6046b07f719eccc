"""`Engine`: events in, recommendations out, inside this process."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from os import PathLike
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError
from aisle.asking import Id, Time, check_who, extras_of
from aisle.borders import OUTCOMES, SHARED, columns_of, options_of
from aisle.bundle import Bundle
from aisle.explanation import check_explained
from aisle.models._base import check_k
from aisle.names import unknown
from aisle.notebook import facts_table
from aisle.people import People
from aisle.signals import Signals, keep_limits
from aisle.slate import Slate
from aisle.state import EngineState
from aisle.strategy import StrategyLike
from aisle.strategy.columns import of_catalogue
from aisle.strategy.core import placements_of

if TYPE_CHECKING:
    from aisle.events import Events
    from aisle.hygiene.limits import Limits

DURABILITIES = ("none", "async", "sync")


class Engine(EngineState, People, Signals):
    """A recommendation engine that learns while it serves.

    Every method may be called from any thread; the interpreter lock is released while the core
    works.

    Parameters
    ----------
    bundle
        What was learned, from :func:`aisle.fit` or :func:`aisle.load`.
    strategy
        Another recipe than the bundle's: a :class:`Strategy`, one for each placement, or the path
        of a strategy file.
    state
        A file that keeps every event: what an engine observed before is there again when the next
        one opens it, and is learned from where it is newer than the bundle. docs/state.md.
    durability
        ``none``: written now and then, and by :meth:`close`. ``async``: on disk within 100 ms.
        ``sync``: on disk when :meth:`observe` returns.
    hygiene
        An :class:`aisle.hygiene.Limits`: where :meth:`hygiene` draws its lines. docs/hygiene.md.
    visitor_key
        At least 16 secret bytes, or their hexadecimal digits: ids of visitors, sessions and events
        are then kept as keyed hashes alone. docs/privacy.md.
    options
        ``max_events`` kept a visitor (50); ``idle_gap`` (30 minutes), ``time_to_live`` (30 days),
        ``max_lateness`` (1 hour), ``max_future`` (5 minutes) and ``watermark`` (0: what is
        learned of all visitors is learned at once; else so long after the newest event, and then it
        is the same in whatever order events came), each in seconds; ``memory_limit``
        of the sessions in bytes (1 GiB), beyond which the idlest visitors go; ``shards`` (64);
        ``live_sessions`` indexed (131,072); ``slates`` remembered for outcomes, pages and fatigue
        (65,536); ``max_items`` of the catalogue (10 million);
        ``learn_trending``, ``learn_co_visitation`` and ``learn_sessions`` switch learning off.

    Raises
    ------
    ConfigError
        For an option that there is not, a value outside its domain, or a state of another key.
    StateError
        For a state that is open elsewhere, damaged, newer, not writable, or none at all.

    Notes
    -----
    What becomes of an event, as ``observe`` returns it: ``accepted``; ``reordered`` (late by up to
    ``max_lateness``: put in its place in time, not learned from); ``duplicate`` (same visitor,
    item, type and time, or same event id); ``late``, ``future`` (refused); ``item_limit`` (a new
    item in a full catalogue); ``no_consent``. All are counted in :meth:`stats`.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"],
    ...                                 item=["tea", "pot", "tea", "cup"],
    ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
    >>> engine = aisle.Engine(aisle.fit(log))
    >>> engine.observe("v1", "tea")
    'accepted'
    >>> sorted(engine.recommend("v1", k=2).items)
    ['cup', 'pot']
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        strategy: StrategyLike = None,
        state: str | PathLike[str] | None = None,
        durability: Literal["none", "async", "sync"] = "none",
        hygiene: Limits | None = None,
        visitor_key: bytes | str | None = None,
        **options: float,
    ) -> None:
        if visitor_key is not None:
            from aisle.keyed import keep_pseudonyms

            keep_pseudonyms(self, visitor_key)
        if not isinstance(bundle, Bundle):
            raise ConfigError(f"an engine needs a Bundle (aisle.fit or aisle.load), got {bundle!r}")
        core = options_of(options)
        if hygiene is not None:
            keep_limits(core, hygiene)
        if durability not in DURABILITIES:
            raise ConfigError(unknown("durability", durability, DURABILITIES))
        if state is not None:
            core._set_state(os.fspath(state), durability)
        elif durability != "none":
            raise ConfigError(f"durability={durability!r} needs a file: state='shop.db'")
        self.bundle = bundle
        self._has_own = strategy is not None
        self.strategies = bundle.strategies
        if strategy is not None:
            self.strategies = of_catalogue(strategy, bundle._catalog)
        super().__init__(bundle._core, placements_of(self.strategies), core)
        self._id, self._said, self._saying = secrets.token_hex(4), {}, Lock()
        self._open_content()
        self._state, self._facts = None if state is None else os.fspath(state), {}
        if state is not None:
            self._check_key()
            self._take_facts(has_strategy=strategy is not None)
            self._take_told()

    def recommend(
        self,
        visitor: Id | None = None,
        k: int = 12,
        *,
        session: Sequence[Id] | None = None,
        item: Id | None = None,
        placement: str | None = None,
        market: str | None = None,
        where: str | Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
        after: str | None = None,
        exclude: Sequence[Id] | None = None,
        explain: bool = False,
        attributes: Sequence[str] = (),
    ) -> Slate:
        """The best ``k`` items for a visitor now.

        Parameters
        ----------
        visitor
            Who asks. Unknown visitors get what is popular.
        k
            How many, 1 to 1,000,000; fewer come only when fewer allowed items exist.
        session
            Instead of a visitor: the session's item ids, oldest first (stateless).
        item
            The anchor: what the page is about.
        where
            Which items are allowed, in the language of docs/expressions.md:
            ``'price < 50 and brand in ["a", "b"]'``. Or a dict of conditions that must all hold: a
            value, a list of values, a pair ``(low, high)`` of inclusive bounds with None for open,
            or None for "unknown": ``{"category": ["shoes", "bags"], "price": (None, 50)}``.
        context
            What the caller knows of the request, for ``context.store`` in filters and rules: texts,
            numbers, booleans, lists of texts.
        params
            Values of ``$names`` in filters and rules.
        time
            When, for a log that is played back; default now.
        placement
            Whose strategy; default: that of ``default``, or the first.
        market
            Where: the strategies' ``markets`` say what price, stock and other columns mean there.
        after
            The ``id`` of the slate before: the next page of it. No item of the pages before comes
            again, and the best of the others come first.
        exclude
            Ids that must not come this time: what stands elsewhere on the page.
        explain
            The slate is the same, and each of its items has an ``explanation``: features, rules,
            limits, places. ``slate.why_not(item)`` then asks with the events that the request had.
            For a ``k`` of up to 10,000.
        attributes
            What of the catalogue the slate's items shall bring along: ``["title", "price"]``.

        Raises
        ------
        ConfigError
            For a ``k`` outside its range, both or neither of visitor and session, an unknown
            placement, market or attribute, or a missing parameter.
        ExpressionError
            For a filter that does not hold, with line and column.
        """
        check_k(k)
        check_explained(explain, k)
        check_who(visitor, session)
        extras = extras_of(
            after=0 if after is None else self._number_of(after), exclude=exclude, explain=explain
        )
        asked = self._asked(
            visitor, k, session=session, item=item, placement=placement, market=market,
            where=where, context=context, params=params, time=time, extras=extras,
        )  # fmt: skip
        wanted = self._attributes(attributes, asked)
        return self._slate_of(self.answer(asked, self._id), asked, wanted)

    def recommend_many(
        self,
        visitors: Sequence[Id],
        k: int = 12,
        *,
        placement: str | None = None,
        market: str | None = None,
        time: Time | None = None,
        attributes: Sequence[str] = (),
    ) -> list[Slate]:
        """A slate for each of many visitors: e-mail lists, pre-computation."""
        return [
            self.recommend(
                visitor, k, placement=placement, market=market, time=time, attributes=attributes
            )
            for visitor in visitors
        ]

    def observe_many(self, events: Events, *, learn: bool = True) -> dict[str, int]:
        """Take the events of a log in, row by row in their order, much faster than one by one.

        Returns
        -------
        dict
            How many were accepted, reordered, duplicate, late, future, ...; ``no_item`` are the
            rows without an item, ``no_consent`` those whose ``consent`` column does not say yes.
            The arrays of ``events`` must not change during the call.
        """
        counts = self.observe_columns(*columns_of(events), learn)
        return {name: int(n) for name, n in zip(OUTCOMES, counts, strict=True) if n}

    def swap(  # type: ignore[override]
        self,
        bundle: Bundle | None = None,
        strategy: StrategyLike = None,
    ) -> None:
        """Put another bundle live while requests run, or another strategy; sessions go on.

        What :meth:`update_items` said goes on too: it is newer than any bundle. What was learned on
        line since the old bundle was opened is left behind: the new one should know it.

        With a strategy alone the model stays, and all that it learned. With a bundle alone the
        strategy stays, where the engine was given one; else the new bundle's own goes live.

        A bundle or strategy that does not hold is refused whole, and the old one serves on.
        """
        if bundle is None:
            strategies = of_catalogue(strategy, self.catalog)
            self.set_strategies(placements_of(strategies))
            self.strategies, self._has_own = strategies, True
            self._keep_strategies()
            return
        if not isinstance(bundle, Bundle):
            raise ConfigError(f"swap needs a Bundle, aisle.load(path) opens one; got {bundle!r}")
        if strategy is not None:
            strategies = of_catalogue(strategy, bundle._catalog)
        else:
            strategies = self.strategies if self._has_own else bundle.strategies
        super().swap(bundle._core, placements_of(strategies))
        self.bundle, self.strategies = bundle, strategies
        self._has_own = self._has_own or strategy is not None
        self._open_content()
        self._keep_strategies()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __dir__(self) -> list[str]:
        inner = {name for name in vars(_core.Engine) if not name.startswith("__")}
        return sorted(set(super().__dir__()) - (inner - set(vars(Engine)) - set(SHARED)))

    def _repr_html_(self) -> str:
        return facts_table("Engine", self.stats())

    def __repr__(self) -> str:
        stats = self.stats()
        return (
            f"Engine({stats['items']:,} items, {stats['visitors']:,} visitors, "
            f"{stats['events']:,} events, {stats['requests']:,} requests)"
        )

    def _replay(
        self,
        events: Any,
        rows: npt.NDArray[np.int64],
        following: npt.NDArray[np.int64],
        *,
        k: int,
        learn: bool,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The loop of :func:`aisle.evaluate.replay`, inside the core."""
        return self.replay(*columns_of(events), rows, following, k, learn, None)
