"""`fit`: from a log to a bundle."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, DataError
from aisle.attributes import as_items, catalog_of
from aisle.bundle import Bundle
from aisle.consent import consent_of
from aisle.models._base import NONE, check_events, sessions_in_order
from aisle.models._visitors import check_k_anonymity, owners_of
from aisle.strategy import Strategies, Strategy, StrategyLike

if TYPE_CHECKING:
    from aisle.content import ContentModel
    from aisle.events import Events
    from aisle.features import FeatureSet

INTEREST = (0, 1, 3, 7, 8)  # view, cart, purchase, click, like
Tell = Callable[[str, float], None]


def fit(
    events: Events | None = None,
    items: Any = None,
    *,
    strategy: StrategyLike = None,
    content: ContentModel | Literal["auto"] | None = "auto",
    vectors: npt.NDArray[np.float32] | tuple[Sequence[Any], npt.NDArray[np.float32]] | None = None,
    vector_dim: int = 64,
    scorer: str = "auto",
    features: FeatureSet | None = None,
    seed: int = 0,
    k_anonymity: int | None = None,
    progress: bool = False,
) -> Bundle:
    """Learn everything an engine needs from a log.

    Sessions are indexed for kNN, pairs counted, popularity decayed, a randomised SVD of the pairs
    gives vectors, the shop's return behaviour is measured; then the scorer's weights are learned on
    the newest sessions, replayed against an engine that was fitted on the older ones.

    Parameters
    ----------
    events
        The log, in any order of rows. None: a shop that nobody has visited yet, of its items alone.
    items
        Attributes of items: price, category, brand, stock, available_from, available_until, title
        and whatever the shop has: an :class:`aisle.Items`, or a table with the column ``item`` or
        ``id``. None: what the log itself tells.
    strategy
        The recipe that engines will use: a :class:`Strategy`, one for each placement, or the path
        of a strategy file. None: the default recipe.
    content
        What items are stands beside what visitors made of them, so that an item that nobody has
        seen is found beside its like: docs/content.md. ``"auto"``: where items have texts,
        categories or labels, and vectors are not given. None: items are what visitors made of them.
    vectors
        The shop's own item vectors: a pair of ids and a float32 array of shape (ids, dim), for any
        items; or the array alone with rows as in ``events.items``. Rows of zeros are items without
        one. None: a randomised SVD of the pairs.
    vector_dim
        Length of the vectors of the SVD; 0: no vectors.
    scorer
        ``"auto"`` learns the weights where the log has enough sessions; ``"trees"`` grows
        LightGBM's trees on top, where they rank later sessions better (extra ``rank``, some ten
        times as long); ``"fixed"`` keeps the built-in weights.
    features
        An :class:`aisle.features.FeatureSet`: the bundle keeps it with the counts of items and
        values, and engines go on counting. None: no features.
    seed
        Of what is drawn at random; the same seed gives the same bundle.
    k_anonymity
        Distinct visitors that must have met two items in one session before the bundle, or an
        engine with it, recommends one from the other; None: one is enough. docs/privacy.md.
    progress
        Show the steps on stderr.

    Raises
    ------
    DataError
        When the log has no events with items, or items alone have no content.
    ConfigError
        When an option is outside its domain.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"], item=["x", "y", "x", "z"],
    ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
    >>> aisle.fit(log)
    Bundle(4 events, 3 items, until 2024-05-01 10:01:00, 0.0 MB)
    """
    if scorer not in ("auto", "trees", "fixed"):
        raise ConfigError(f"scorer must be 'auto', 'trees' or 'fixed', got {scorer!r}")
    if not 0 <= vector_dim <= 1024:
        raise ConfigError(f"vector_dim must be between 0 and 1024, got {vector_dim}")
    without_events = events is None and items is not None
    events = _log_of(events, without_events)
    strategies = Strategies.of(strategy)
    consent = consent_of(events)
    if consent is not None and not consent.all():
        events = events._take(np.flatnonzero(consent))
    steps = np.isin(events.type, INTEREST) & (events.item != NONE)
    if not steps.any() and not without_events:
        raise DataError("the log has no events with items to learn from")
    tell = _teller(progress)
    from aisle.features import FeatureSet

    if features is not None and not isinstance(features, FeatureSet):
        raise ConfigError(f"features is {features!r}; it is an aisle.features.FeatureSet([…])")
    k = check_k_anonymity(k_anonymity)
    learner = _Learner(events, items, vectors, vector_dim, tell, k, content)
    if without_events and learner.content is None:
        raise DataError(
            "without events an engine knows items by their content alone, and these have no text, "
            "category or labels to go by"
        )
    if features is not None:
        features._check_columns(catalog_of(learner.events, learner.items))
    weights, trees, found = None, None, {"kind": "fixed"}
    if scorer != "fixed" and strategies.default.weights is None:
        from aisle.scorer import learn_scorer

        weights, trees, found = learn_scorer(
            learner,
            Strategy(sources=strategies.default.sources),
            seed=seed,
            with_trees=scorer == "trees",
        )
    bundle = learner.bundle(None, strategies, weights, found)
    if trees is not None:
        bundle = bundle.with_trees(trees)
    if features is not None:
        tell("features", 1.0)
        bundle = bundle._with_features(events, features)
    tell("", 1.0)
    return bundle


def _log_of(events: Events | None, no_events: bool) -> Events:
    from aisle.events import Events

    if no_events:
        return Events.from_columns(visitor=[], item=[], time=[])
    check_events(events)
    assert events is not None
    return events


class _Learner:
    """The log as the core takes it, so that a part of it can be fitted first."""

    def __init__(
        self,
        events: Events,
        items: Any,
        vectors: Any,
        vector_dim: int,
        tell: Tell,
        k_anonymity: int,
        content: Any = None,
    ) -> None:
        self.events, self.tell = events, tell
        self.session, self.rank = sessions_in_order(events)
        self.k_anonymity = k_anonymity
        self.owner = owners_of(events, self.session, len(self.rank) if k_anonymity > 1 else 0)
        self.items_are_of_the_log = items is None
        self.items = events.item_table() if items is None else as_items(items)
        self.vectors, self.vector_dim = vectors, vector_dim
        if vectors is not None and not isinstance(vectors, tuple):
            self.vectors = (events._items.names(), vectors)
        if self.vectors is not None:
            ids, rows = self.vectors
            if np.ndim(rows) != 2 or len(rows) != len(ids):
                raise ConfigError(
                    f"vectors must have one row for each of {len(ids):,} items, got the shape "
                    f"{np.shape(rows)}; give a pair of ids and rows for other items than the log's"
                )
        self.content = self._content_model(content)
        self.content_rows: npt.NDArray[np.float32] | None = None

    def _content_model(self, content: Any) -> ContentModel | None:
        from aisle.content.kept import model_for

        if self.vectors is None and self.vector_dim > 0:
            return model_for(content, catalog_of(self.events, self.items))
        if content is None or content == "auto":
            return None
        raise ConfigError(
            "content stands beside vectors that are learned: with vector_dim=0, or with vectors=, "
            "say content=None; vectors of an encoder go to ContentModel(vectors=…)"
        )

    def bundle(
        self,
        rows: npt.NDArray[np.bool_] | None,
        strategies: Strategies,
        weights: npt.NDArray[np.float32] | None,
        scorer: dict[str, Any],
    ) -> Bundle:
        """Fit on some rows, or on all."""
        events = self.events
        chosen = slice(None) if rows is None else rows
        catalog = catalog_of(self.events, self.items)
        vectors = None
        if self.vectors is not None:
            ids, own = self.vectors
            places = catalog.items.lookup(list(ids))
            vectors = np.zeros((len(catalog), own.shape[1]), dtype=np.float32)
            known = places != NONE
            vectors[places[known]] = np.asarray(own, dtype=np.float32)[known]
        time = np.ascontiguousarray(events.time[chosen], dtype=np.int64)
        manifest = {
            "made_by": f"aisle {_core.__version__}",
            "log": {
                "events": len(time),
                "sessions": len(self.rank),
                "items": len(events._items),
                "from": _utc(time.min()) if len(time) else None,
                "until": _utc(time.max()) if len(time) else None,
            },
            "strategies": strategies.to_dict(),
            "scorer": scorer,
            **({"k_anonymity": self.k_anonymity} if self.k_anonymity > 1 else {}),
        }
        core = _core.fit(
            np.ascontiguousarray(self.session[chosen], dtype=np.uint32),
            np.ascontiguousarray(events.item[chosen], dtype=np.uint32),
            time,
            np.ascontiguousarray(events.type[chosen], dtype=np.uint8),
            self.rank,
            catalog,
            self.vector_dim,
            vectors,
            48,
            30 * 86_400_000_000,
            json.dumps(manifest),
            weights,
            self.tell,
            self.owner,
            self.k_anonymity,
        )
        if self.content is not None:
            from aisle.content.kept import with_content

            self.tell("content", 0.9)
            if self.content_rows is None:  # of the catalogue, whichever rows of the log are fitted
                self.content_rows = self.content._fit(catalog)
            content = self.content_rows
            if self.items_are_of_the_log and rows is not None:
                # Items that only later rows name were unknown then: weights that are learned on
                # them would trust in content that new items do not bring.
                met = np.isin(np.arange(len(content)), events.item[rows])
                content = np.where(met[:, None], content, np.float32(0))
            core = with_content(core, self.content, content)
        return Bundle(core)


def _utc(micros: Any) -> str:
    return datetime.fromtimestamp(int(micros) // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _teller(progress: bool) -> Tell:
    if not progress:
        return lambda step, share: None

    def tell(step: str, share: float) -> None:
        end = "\n" if share >= 1.0 and not step else ""
        sys.stderr.write(f"\rfit  {step:<16} {share:4.0%} {end}")
        sys.stderr.flush()

    return tell
