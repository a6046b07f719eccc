"""`Strategies`: one strategy for each placement, and the files they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, ValidationError, model_validator

from aisle._core import ConfigError
from aisle.names import unknown
from aisle.strategy.market import Markets
from aisle.strategy.model import Strategy
from aisle.strategy.part import Part, fields_at
from aisle.strategy.problems import Place, PlacedError, Problem, problems_of

if TYPE_CHECKING:
    from aisle.strategy.files import Document

DEFAULT = "default"  # the placement of a request that names none


class Strategies(Part):
    """The strategies of a shop's placements: product page, cart, home, e-mail.

    In a market, ``home`` is ``home@de`` where there is such a placement, and ``home`` with the
    market's columns and rules where there is none.

    Examples
    --------
    >>> both = Strategies(placements={"default": {}, "cart": {"exclude": {"seen": True}}})
    >>> both["cart"].exclude.seen
    True
    """

    version: int = Field(1, ge=1, le=1)
    """Of the file's form."""
    placements: dict[str, Strategy]
    """By the placement's name; "default" answers requests that name none."""
    markets: Markets = Field(default_factory=dict)
    """By the name that requests give as ``market=``."""

    @model_validator(mode="after")
    def _has_placements(self) -> Self:
        if not self.placements:
            raise ValueError("placements is empty: name at least one, for example default")
        if all(self.market_of(name) for name in self.placements):
            raise ValueError("every placement is one of a market: name one for the shop as a whole")
        self._check_names()
        self._check_currencies()
        for name, strategy in self.placements.items():
            among = strategy.explore.among if strategy.explore else []
            named: list[tuple[Place, str]] = [(("fallback",), one) for one in strategy.fallback]
            named += [(("explore", "among"), one) for one in among]
            for field, other in named:
                place: Place = ("placements", name, *field)
                if other not in self.placements:
                    raise PlacedError(place, unknown("placement", other, self.placements))
                if self.market_of(other) not in (None, self.market_of(name)):
                    raise PlacedError(place, f"{other!r} is of another market")
            self._follow(name, [])
        return self

    def _check_names(self) -> None:
        for name in self.placements:
            base, at, market = name.rpartition("@")
            if self.markets and at and market not in self.markets:
                raise PlacedError(("placements", name), unknown("market", market, self.markets))
            if self.markets and at and (not base or self.market_of(base)):
                told = f"a placement of a market is named home@{market}"
                raise PlacedError(("placements", name), told)

    def _check_currencies(self) -> None:
        """A budget is in one currency, and in one that some market has."""
        known = {one.currency for one in self.markets.values() if one.currency}
        found: dict[str, str | None] = {}
        for name, strategy in self.placements.items():
            for at, offer in enumerate(strategy.offers):
                place: Place = ("placements", name, "offers", at, "currency")
                if offer.currency is not None and offer.currency not in known:
                    told = unknown("currency", offer.currency, known, of="the markets")
                    raise PlacedError(place, told)
                if found.setdefault(offer.name, offer.currency) != offer.currency:
                    told = f"offer {offer.name!r} is in two currencies; a budget goes by its name"
                    raise PlacedError(place, f"{told}, so give each its own")

    def _follow(self, name: str, chain: list[str]) -> None:
        if name in chain:
            told = f"circular fallback: {' -> '.join([*chain, name])}"
            raise PlacedError(("placements", chain[-1], "fallback"), told)
        market = self.market_of(name)
        for other in self.placements[name].fallback:
            own = f"{other}@{market}"
            if own in self.placements or other in self.placements:
                self._follow(own if own in self.placements else other, [*chain, name])

    @classmethod
    def of(cls, given: StrategyLike) -> Strategies:
        """What an engine takes as ``strategy=``: one for all, one a placement, or a file.

        Raises
        ------
        ConfigError
            For anything else, or a file that does not hold.
        """
        if isinstance(given, Strategies):
            return given
        if isinstance(given, str | PathLike):
            return read_strategies(given)
        if given is None or isinstance(given, Strategy):
            return cls(placements={DEFAULT: given or Strategy()})
        if isinstance(given, Mapping):
            plain = dict(given)
            is_file = isinstance(plain.get("placements"), Mapping)  # as one reads it
            return cls(**plain) if is_file else cls(placements=plain)
        raise ConfigError(f"a strategy is a Strategy, one a placement, or a file; got {given!r}")

    @property
    def default(self) -> Strategy:
        """The strategy of a request that names no placement."""
        return self.placements.get(DEFAULT) or next(iter(self.placements.values()))

    def market_of(self, placement: str) -> str | None:
        """Which market a placement's name says it is for: "de" of "home@de"."""
        market = placement.rpartition("@")[2]
        return market if "@" in placement and market in self.markets else None

    def scenes(self) -> Iterator[tuple[str, Strategy, str | None]]:
        """Each (placement, strategy, market) that can answer; the market is None for the shop."""
        for name, strategy in self.placements.items():
            own = self.market_of(name)
            if own is not None:
                yield name, strategy, own
                continue
            yield name, strategy, None
            for market in self.markets:
                if f"{name}@{market}" not in self.placements:
                    yield name, strategy, market

    def check(self, placement: str | None, market: str | None) -> None:
        """Refuse a request for what there is not.

        Raises
        ------
        ConfigError
            For an unknown placement or market, with the near name.
        """
        for what, said in (("placement", placement), ("market", market)):
            if said is not None and not isinstance(said, str):
                raise ConfigError(f"a {what} is named by a text, got {said!r}")
        if market is not None and market not in self.markets:
            raise ConfigError(unknown("market", market, self.markets, of="this strategy"))
        if placement is None:
            return
        own = self.market_of(placement)
        if own is not None and market not in (None, own):
            raise ConfigError(f"placement {placement!r} is of the market {own!r}, not {market!r}")
        where = own or market
        base = placement.removesuffix(f"@{where}")
        if where is None or f"{base}@{where}" not in self.placements:
            self[base]

    def __getitem__(self, placement: str) -> Strategy:
        if placement not in self.placements:
            raise ConfigError(unknown("placement", placement, self.placements))
        return self.placements[placement]

    def __len__(self) -> int:
        return len(self.placements)


StrategyLike = Strategy | Strategies | Mapping[str, Strategy] | str | PathLike[str] | None


def read_strategies(path: str | PathLike[str]) -> Strategies:
    r"""The strategies in a YAML or JSON file.

    A file holds ``placements:`` with a strategy each, or the fields of one strategy, which is then
    that of every placement.

    Parameters
    ----------
    path
        ``.yaml``, ``.yml`` (extra ``yaml``) or ``.json``.

    Raises
    ------
    ConfigError
        With every problem in it: file, line, column, field, value and the near name.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "shop.yaml"
    >>> _ = path.write_text("placements:\n  home:\n    sources: {trending: 50}\n")
    >>> read_strategies(path)["home"].sources.trending.quota
    50
    >>> _ = path.write_text("placements:\n  home:\n    sources: {trendin: 50}\n")
    >>> read_strategies(path)
    Traceback (most recent call last):
        ...
    aisle.ConfigError: ...shop.yaml:3:15: placements.home.sources.trendin: unknown field ...
    """
    return read_document(path)[0]


def read_document(path: str | PathLike[str]) -> tuple[Strategies, Document]:
    """The strategies in a file, and where everything in it stands."""
    from aisle.strategy.files import Document

    document = Document.read(Path(path))
    found = check(document.data)
    if isinstance(found, Strategies):
        return found, document
    raise ConfigError("\n".join(document.locate(one) for one in found))


def in_file(problem: Problem, document: Document) -> Problem:
    """The problem of a placement's strategy as the file writes its place."""
    bare = 0 if "placements" in document.data else 2
    return replace(problem, place=problem.place[bare:])


def located(problems: Iterable[Problem], document: Document) -> list[str]:
    """Each problem of a file's strategies as editors link it."""
    return [document.locate(in_file(one, document)) for one in problems]


def check(data: Any) -> Strategies | list[Problem]:
    """The strategies of plain values, or everything that is wrong with them."""
    if not isinstance(data, dict):
        return [Problem((), f"a strategy file holds fields, here is {type(data).__name__}")]
    whole = data if "placements" in data else {"placements": {DEFAULT: data}}
    try:
        return Strategies.model_validate(whole)
    except ValidationError as error:
        found = problems_of(error, whole, _fields_of_file)
        bare = 0 if whole is data else 2
        return [replace(one, place=one.place[bare:]) for one in found]


def _fields_of_file(place: Place) -> list[str]:
    return fields_at(Strategies, place)
