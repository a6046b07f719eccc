"""Session-based nearest neighbours, fitted and served by the core."""

from __future__ import annotations

from collections.abc import Mapping

from aisle._core import (
    ConfigError,
    Idf,
    KnnOptions,
    LogColumns,
    SavedModel,
    SessionModel,
    Similarity,
    Weighting,
    make_knn,
)
from aisle.models._base import Model
from aisle.models._checks import check_count, check_event_weights, check_number
from aisle.names import unknown

WEIGHTINGS = {
    None: Weighting.SAME,
    "same": Weighting.SAME,
    "div": Weighting.DIV,
    "linear": Weighting.LINEAR,
    "log": Weighting.LOG,
    "quadratic": Weighting.QUADRATIC,
}
SIMILARITIES = {"vec": Similarity.VEC, "cosine": Similarity.COSINE, "jaccard": Similarity.JACCARD}


def weighting_of(name: object, parameter: str) -> Weighting:
    """The weighting of that name; None: same."""
    if not isinstance(name, str | None) or name not in WEIGHTINGS:
        raise ConfigError(unknown(parameter, name, [w for w in WEIGHTINGS if w]))
    return WEIGHTINGS[name]


def similarity_of(name: object, allowed: tuple[str, ...]) -> Similarity:
    """The similarity of that name, if it is among the allowed."""
    if not isinstance(name, str) or name not in allowed:
        raise ConfigError(unknown("similarity", name, allowed))
    return SIMILARITIES[name]


class SessionKnn(Model):
    """Common to the family: turns the log into a session index inside the core.

    ``update`` copies the sessions and makes their index anew: some milliseconds for 100,000.
    """

    k: int
    sample_size: int
    _distinct_items = False
    _longest_quantile = 1.0

    def _options(self) -> KnnOptions:
        options = KnnOptions()
        options.k = check_count("k", self.k)
        options.sample_size = check_count("sample_size", self.sample_size)
        return options

    def _make(self, source: LogColumns | SavedModel) -> SessionModel:
        events = check_event_weights(
            getattr(self, "type_weights", None), getattr(self, "step_half_life", None)
        )
        return make_knn(
            source, self._options(), events, self._distinct_items, self._longest_quantile
        )


class SKNN(SessionKnn):
    """Session kNN: sessions that share items vote for theirs.

    Parameters
    ----------
    k
        Neighbours that vote.
    sample_size
        Newest sessions sharing an item that are compared.
    similarity
        ``"cosine"`` or ``"jaccard"`` on sets of items.

    Notes
    -----
    Ludewig et al., *Empirical analysis of session-based recommendation algorithms*, UMUAI 2021.
    Equal similarities at the cut: the newer session stays.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"], item=["x", "y", "x", "z"],
    ...                                 time=[1, 2, 3, 4], time_unit="s",
    ...                                 session=["s", "s", "t", "t"])
    >>> items, scores = aisle.models.SKNN(k=10).fit(log).recommend(["y"], k=2)
    >>> items.tolist()
    ['x', 'y']
    """

    def __init__(self, *, k: int = 100, sample_size: int = 500, similarity: str = "cosine") -> None:
        self.k = k
        self.sample_size = sample_size
        self.similarity = similarity

    def _options(self) -> KnnOptions:
        options = super()._options()
        options.similarity = similarity_of(self.similarity, ("cosine", "jaccard"))
        options.weighting = Weighting.SAME
        options.weighting_score = Weighting.SAME
        return options


class VSKNN(SessionKnn):
    """V-SKNN: later items of the session weigh more, in similarity and in the vote.

    Parameters
    ----------
    k, sample_size
        As in :class:`SKNN`.
    similarity
        ``"vec"`` (sum of the shared items' weights over the session's items) or ``"cosine"``.
    weighting
        Of the session's items by position: ``same | div | linear | log | quadratic``; None: same.
    weighting_score
        Of a neighbour by its newest shared item, the same names.
    idf_weighting
        Strength of ln(sessions / rows of the item); None or 0 switches it off.
    type_weights
        How much an item counts by what was done with it, like ``{"cart": 3}``, in the session that
        asks (where it tells its types) and in a neighbour's vote; others count 1.
    step_half_life
        Seconds after which an item of the session counts half (where it tells its times); None: the
        order alone counts.

    Notes
    -----
    Ludewig et al., UMUAI 2021, section 3; the published code's ``linear`` (zero beyond ten
    positions) is kept.
    """

    def __init__(
        self,
        *,
        k: int = 100,
        sample_size: int = 1000,
        similarity: str = "vec",
        weighting: str | None = "quadratic",
        weighting_score: str | None = "quadratic",
        idf_weighting: float | None = None,
        type_weights: Mapping[str, float] | None = None,
        step_half_life: float | None = None,
    ) -> None:
        self.k = k
        self.sample_size = sample_size
        self.similarity = similarity
        self.weighting = weighting
        self.weighting_score = weighting_score
        self.idf_weighting = idf_weighting
        self.type_weights = type_weights
        self.step_half_life = step_half_life

    def _options(self) -> KnnOptions:
        options = super()._options()
        options.similarity = similarity_of(self.similarity, ("vec", "cosine"))
        options.weighting = weighting_of(self.weighting, "weighting")
        options.weighting_score = weighting_of(self.weighting_score, "weighting_score")
        if self.idf_weighting is not None:
            options.idf_weighting = check_number("idf_weighting", self.idf_weighting)
            options.idf = Idf.ADDITIVE if self.idf_weighting else Idf.NONE
        return options


class VMISKNN(SessionKnn):
    """VMIS-kNN, the indexed V-SKNN of Serenade.

    Parameters
    ----------
    k, sample_size
        As in :class:`SKNN` (the paper's k and m).
    max_items
        Only the last so many items of the session are used.
    idf_weighting
        Strength of ln(events / sessions of the item); None or 0 switches it off.

    Notes
    -----
    Kersbergen, Sprangers, Schelter, *Serenade*, SIGMOD 2022. As there, items repeat only once in a
    training session, sessions longer than the 99.5 % quantile get no postings, and the
    last item of the session is never returned. Serenade leaves the order of equal scores to a hash
    table; here the item of the newer neighbour comes first.
    """

    _distinct_items = True
    _longest_quantile = 0.995

    def __init__(
        self,
        *,
        k: int = 50,
        sample_size: int = 500,
        max_items: int = 2,
        idf_weighting: float | None = 1.0,
    ) -> None:
        self.k = k
        self.sample_size = sample_size
        self.max_items = max_items
        self.idf_weighting = idf_weighting

    def _options(self) -> KnnOptions:
        options = super()._options()
        options.max_items = check_count("max_items", self.max_items)
        options.similarity = Similarity.VEC
        options.weighting = Weighting.VMIS
        options.weighting_score = Weighting.VMIS
        options.drop_last = True
        options.newer_first = True
        if self.idf_weighting is not None:
            options.idf_weighting = check_number("idf_weighting", self.idf_weighting)
            options.idf = Idf.VMIS if self.idf_weighting else Idf.NONE
        return options
