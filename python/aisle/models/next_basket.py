"""What a visitor buys next: TIFU-KNN and UP-CF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import BasketKind, ConfigError
from aisle.models._base import NONE, ItemKey, Model, check_k, check_number, check_threads
from aisle.models._groups import baskets_of, check_count, offsets_of
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

Basket = Sequence[ItemKey]
Found = tuple[npt.NDArray[Any], npt.NDArray[np.float64]]


class _NextBasket(Model):
    """Common to both: visitors' rows from baskets, queries of baskets."""

    def _options(self) -> _core.BasketOptions:
        raise NotImplementedError

    def _fit(self, events: Events) -> _core.SessionModel:
        options = self._options()
        baskets = baskets_of(events)
        items = len(events._items)
        users = _core.basket_users(
            offsets_of(baskets.visitor),
            np.ascontiguousarray(events.item[baskets.rows], dtype=np.uint32),
            np.ascontiguousarray(baskets.basket, dtype=np.int64),
            items,
            options,
        )
        return _core.NextBasketModel(*users, items, options)

    _core: _core.NextBasketModel

    def _state(self) -> dict[str, npt.NDArray[Any]]:
        return dict(zip(("offsets", "items", "weights"), self._core.parts(), strict=True))

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        rows = (arrays["offsets"], arrays["items"], arrays["weights"])
        self._core = _core.NextBasketModel(*rows, len(self._items), self._options())

    def recommend_basket(
        self, baskets: Sequence[Basket], k: int = 20, *, exclude_seen: bool = False
    ) -> Found:
        """The best ``k`` items of a visitor's next basket.

        Parameters
        ----------
        baskets
            The visitor's baskets so far, oldest first, each a sequence of the shop's item ids.
            Items of a basket count once; unknown ids count as nothing, their baskets as baskets.
        k
            How many; fewer come back when fewer have a positive score.
        exclude_seen
            Leave out what was bought before: only what is new to the visitor.

        Returns
        -------
        items, scores
            Two arrays of one length, best first.

        Raises
        ------
        ConfigError
            For a ``k`` that cannot be meant, or a text where a basket is.
        """
        check_k(k)
        model = self._fitted()
        _, codes, times = self._flat([baskets])
        items, scores = model.recommend(codes, k, times=times, exclude_seen=exclude_seen)
        return self._items.names(items), scores

    def recommend_basket_batch(
        self,
        histories: Sequence[Sequence[Basket]],
        k: int = 20,
        *,
        threads: int = 1,
        exclude_seen: bool = False,
    ) -> Found:
        """The same answers for many visitors at once.

        Returns
        -------
        items, scores
            Arrays of shape (histories, k); missing places are ``None`` and ``nan``.
        """
        check_k(k)
        model = self._fitted()
        offsets, codes, times = self._flat(histories)
        items, scores = model.recommend_batch(
            offsets, codes, k, check_threads(threads), times=times, exclude_seen=exclude_seen
        )
        found = np.full(items.shape, None, dtype=object)
        there = items != NONE
        found[there] = self._items.names(items[there]).tolist()
        return found, scores

    def _flat(
        self, histories: Sequence[Sequence[Basket]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Histories end to end; the number of its basket is the time of each item."""
        keys: list[ItemKey] = []
        numbers: list[int] = []
        ends = [0]
        for history in histories:
            if isinstance(history, (str, bytes)):
                raise ConfigError(f"a history is a sequence of baskets, got the text {history!r}")
            for number, basket in enumerate(history):
                if isinstance(basket, (str, bytes)) or not hasattr(basket, "__len__"):
                    raise ConfigError(f"a basket is a sequence of item ids, got {basket!r}")
                keys.extend(basket)
                numbers.extend([number + 1] * len(basket))
            ends.append(len(keys))
        return (
            np.array(ends, dtype=np.int64),
            self._items.lookup(keys),
            np.array(numbers, dtype=np.int64),
        )


class TIFUKNN(_NextBasket):
    """TIFU-KNN: what the visitor buys often and lately, and what the nearest visitors do.

    Parameters
    ----------
    neighbours
        Nearest visitors by Euclidean distance of their vectors.
    within_decay, group_decay
        r_b and r_g of the paper: what a basket weighs beside the next newer one of its group, and a
        group beside the next newer group.
    groups
        Groups into which a visitor's baskets are cut (m).
    alpha
        Weight of the visitor's own vector, beside 1 - alpha of the neighbours' mean.
    variant
        ``"paper"`` or ``"code"``. The authors' code lets r_b fall over all baskets instead of
        within the group, and counts the groups that a short history lacks as newer ones, so that
        vectors of short histories are shorter.

    Notes
    -----
    Hu, He, Gao, Zhang, *Modeling personalized item frequency information for next-basket
    recommendation*, SIGIR 2020. ``recommend(session)`` takes the session for one basket. The
    defaults were chosen on the last but one baskets of Ta-Feng; the authors took group_decay 0.7
    and alpha 0.7 there.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(
    ...     visitor=["a", "a", "a", "b", "b"], item=["milk", "tea", "milk", "milk", "jam"],
    ...     time=[1, 1, 2, 1, 2], type="purchase", time_unit="s")
    >>> model = aisle.models.TIFUKNN(neighbours=2).fit(log)
    >>> model.recommend_basket([["milk"], ["milk", "tea"]], k=2)[0].tolist()
    ['milk', 'tea']
    """

    def __init__(
        self,
        *,
        neighbours: int = 300,
        within_decay: float = 0.9,
        group_decay: float = 0.9,
        groups: int = 7,
        alpha: float = 0.2,
        variant: str = "paper",
    ) -> None:
        self.neighbours = neighbours
        self.within_decay = within_decay
        self.group_decay = group_decay
        self.groups = groups
        self.alpha = alpha
        self.variant = variant

    def _options(self) -> _core.BasketOptions:
        kinds = {"paper": BasketKind.TIFU, "code": BasketKind.TIFU_CODE}
        if self.variant not in kinds:
            raise ConfigError(unknown("variant", self.variant, kinds))
        options = _core.BasketOptions()
        options.kind = kinds[self.variant]
        options.neighbours = check_count("neighbours", self.neighbours)
        options.groups = check_count("groups", self.groups)
        for name in ("within_decay", "group_decay", "alpha"):
            setattr(options, name, check_number(name, getattr(self, name)))
        return options


class UPCF(_NextBasket):
    """UP-CF@r: the shares of their newest baskets in which like visitors bought an item.

    Parameters
    ----------
    recency
        Newest baskets of each visitor that are counted (r).
    asymmetry
        Of the cosine: |shared| / (|mine|^asymmetry |theirs|^(1 - asymmetry)), over all baskets.
    locality
        Power of the similarity (q): more lets near visitors count more.
    neighbours
        Most similar visitors that are counted; None: all, as in the paper.

    Notes
    -----
    Faggioli, Polato, Aiolli, *Recency aware collaborative filtering for next basket
    recommendation*, UMAP 2020. The visitor's own shares count with similarity 1. The defaults of
    locality and neighbours were chosen on the last but one baskets of Ta-Feng; the authors took 10
    and everybody.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(
    ...     visitor=["a", "a", "a", "b", "b"], item=["milk", "tea", "milk", "milk", "jam"],
    ...     time=[1, 1, 2, 1, 2], type="purchase", time_unit="s")
    >>> aisle.models.UPCF().fit(log).recommend_basket([["milk"]], k=1)[0].tolist()
    ['milk']
    """

    def __init__(
        self,
        *,
        recency: int = 25,
        asymmetry: float = 0.75,
        locality: float = 3.0,
        neighbours: int | None = 900,
    ) -> None:
        self.recency = recency
        self.asymmetry = asymmetry
        self.locality = locality
        self.neighbours = neighbours

    def _options(self) -> _core.BasketOptions:
        options = _core.BasketOptions()
        options.kind = BasketKind.UP_CF
        options.neighbours = check_count("neighbours", self.neighbours, none_is=0)
        options.recency = check_count("recency", self.recency)
        options.asymmetry = check_number("asymmetry", self.asymmetry)
        options.locality = check_number("locality", self.locality)
        return options
