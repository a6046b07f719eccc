"""The compiled core. Private: its names may change between minor versions, the package's do not."""

import os
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Annotated, Any, overload, type_check_only

import numpy as np
import numpy.typing as npt

__version__: str
__compiler__: str

def simd_level() -> str: ...

# --- errors: each is also the builtin that a Python user would catch ------------------------------

class AisleError(Exception): ...
class ConfigError(AisleError, ValueError): ...
class ExpressionError(ConfigError):
    line: int
    column: int

class DataError(AisleError, ValueError): ...
class BundleError(AisleError, OSError): ...
class StateError(AisleError, OSError): ...
class UnknownNameError(AisleError, KeyError): ...

@type_check_only
class _Bound(type):
    """The metaclass that pybind11 gives its classes."""

@type_check_only
class _Made(metaclass=_Bound):
    """Made by the core alone: calling the class is a TypeError."""

    def __init__(self, *args: object, **kwargs: object) -> None: ...

# --- catalog --------------------------------------------------------------------------------------

class Dictionary(metaclass=_Bound):
    """Ids of the shop to dense numbers and back; 42 and "42" are one id."""

    integer_ids: bool
    def __init__(self) -> None: ...
    def find(self, id: object) -> int | None: ...
    def insert(self, id: object) -> int: ...
    def name(self, number: int) -> str | int | None: ...
    @overload
    def names(self, numbers: npt.NDArray[np.uint32]) -> npt.NDArray[Any]: ...
    @overload
    def names(self) -> npt.NDArray[Any]: ...
    def encode(self, ids: Sequence[object]) -> npt.NDArray[np.uint32]: ...
    def lookup(self, ids: Sequence[object]) -> npt.NDArray[np.uint32]: ...
    def translate(self, to: Dictionary, *, add: bool = False) -> npt.NDArray[np.uint32]: ...
    def subset(
        self, numbers: npt.NDArray[np.uint32]
    ) -> tuple[Dictionary, npt.NDArray[np.uint32]]: ...
    def all_integers(self) -> bool: ...
    @property
    def memory_bytes(self) -> int: ...
    def __len__(self) -> int: ...

class LabelSets(metaclass=_Bound):
    """Distinct sets of labels, each with a number."""

    def __init__(self) -> None: ...
    def encode(self, rows: Sequence[object], labels: Dictionary) -> npt.NDArray[np.uint32]: ...
    def lists(self, labels: Dictionary, codes: npt.NDArray[np.uint32]) -> npt.NDArray[Any]: ...
    def blob(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]: ...
    @property
    def memory_bytes(self) -> int: ...
    def __len__(self) -> int: ...

class ArrowColumns(_Made):
    """A table that came in through Arrow's C data interface."""

    @staticmethod
    def read(stream: Any, on_rows: Callable[[int], object] | None = None) -> ArrowColumns: ...
    @staticmethod
    def of(schema: Any, array: Any) -> ArrowColumns: ...
    def encode(
        self, column: int, dictionary: Dictionary, *, skip: bool = False
    ) -> tuple[npt.NDArray[np.uint32], list[tuple[int, str]]]: ...
    def encode_sets(
        self, column: int, labels: Dictionary, sets: LabelSets, *, skip: bool = False
    ) -> tuple[npt.NDArray[np.uint32], list[tuple[int, str]]]: ...
    def integers(self, column: int) -> npt.NDArray[np.int64]: ...
    def reals(self, column: int) -> npt.NDArray[np.float64]: ...
    def validity(self, column: int) -> npt.NDArray[np.bool_]: ...
    def texts(self, column: int) -> list[str | None]: ...
    def kind(self, column: int) -> str: ...
    def format(self, column: int) -> str: ...
    @property
    def names(self) -> list[str]: ...
    def __len__(self) -> int: ...

class ArrowStream(metaclass=_Bound):
    """An Arrow C stream read a bounded number of rows at a time; an empty table is its end."""

    def __init__(self, stream: Any) -> None: ...
    def read(
        self, rows: int, on_rows: Callable[[int], object] | None = None
    ) -> ArrowColumns: ...

def arrow_stream(rows: int, columns: list[Any]) -> Any: ...
def utf8(dictionary: Dictionary) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]: ...

class Bundle(_Made):
    """Named arrays and a manifest: one safetensors file, checked before it is used."""

    @staticmethod
    def open(path: str | os.PathLike[str]) -> Bundle: ...
    def save(self, path: str | os.PathLike[str]) -> None: ...
    def names(self) -> list[str]: ...
    def array(self, name: str) -> npt.NDArray[Any]: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __len__(self) -> int: ...
    @property
    def manifest(self) -> str: ...
    @property
    def path(self) -> str | None: ...
    @property
    def nbytes(self) -> int: ...

def make_bundle(manifest: str, arrays: dict[str, npt.NDArray[Any]]) -> Bundle: ...

class Catalog(metaclass=_Bound):
    """Items and their typed columns; kinds: category, number, flag, text, time, labels."""

    def __init__(self, items: Dictionary) -> None: ...
    @staticmethod
    def from_bundle(bundle: Bundle) -> Catalog: ...
    def to_bundle(self) -> Bundle: ...
    @staticmethod
    def kinds(name: str) -> list[str]: ...
    def add_column(self, name: str, kind: str) -> None: ...
    def update(
        self,
        items: npt.NDArray[np.uint32],
        column: str,
        values: object,
        words: Dictionary | None = None,
        sets: LabelSets | None = None,
    ) -> None: ...
    def set_cells(self, item: int, cells: dict[str, Any]) -> None: ...
    def column(self, name: str) -> npt.NDArray[Any]: ...
    def codes(self, name: str) -> npt.NDArray[np.uint32]: ...
    def values(self, name: str) -> Dictionary | None: ...
    def sets(self, name: str) -> LabelSets | None: ...
    def columns(self) -> dict[str, str]: ...
    def available(self, now: int) -> npt.NDArray[np.bool_]: ...
    @property
    def items(self) -> Dictionary: ...
    @property
    def memory_bytes(self) -> int: ...
    def __len__(self) -> int: ...

# --- retrieve -------------------------------------------------------------------------------------

class Similarity(IntEnum):
    VEC = 0
    COSINE = 1
    JACCARD = 2

class Weighting(IntEnum):
    SAME = 0
    DIV = 1
    LINEAR = 2
    LOG = 3
    QUADRATIC = 4
    EXPONENTIAL = 5
    VMIS = 6

class Idf(IntEnum):
    NONE = 0
    ADDITIVE = 1
    VMIS = 2

class KnnOptions(metaclass=_Bound):
    k: int
    sample_size: int
    max_items: int
    similarity: Similarity
    weighting: Weighting
    weighting_score: Weighting
    lambda_spw: float
    lambda_ipw: float
    lambda_snh: float
    lambda_inh: float
    least_near: float
    idf: Idf
    idf_weighting: float
    drop_last: bool
    newer_first: bool
    def __init__(self) -> None: ...
    def validate(self) -> None: ...

class CoVisitationOptions(metaclass=_Bound):
    neighbours: int
    max_sessions: int
    distance: int
    half_life: int
    k_anonymity: int
    type_weight: Annotated[list[float], "one for each event type"]
    def __init__(self) -> None: ...
    def validate(self) -> None: ...

class CoVisitationQuery(metaclass=_Bound):
    last_items: int
    step_decay: float
    backward: float
    item_power: float
    popularity_power: float
    def __init__(self) -> None: ...

class SessionModel(_Made):
    """A fitted model: immutable, any number of threads may ask it."""

    @property
    def item_count(self) -> int: ...
    def recommend(
        self,
        session: npt.NDArray[np.uint32],
        k: int,
        times: npt.NDArray[np.int64] | None = None,
        types: npt.NDArray[np.uint8] | None = None,
        now: int = 0,
        exclude_seen: bool = False,
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64]]: ...
    def recommend_batch(
        self,
        offsets: npt.NDArray[np.int64],
        items: npt.NDArray[np.uint32],
        k: int,
        threads: int,
        times: npt.NDArray[np.int64] | None = None,
        types: npt.NDArray[np.uint8] | None = None,
        request: npt.NDArray[np.int64] | None = None,
        exclude_seen: bool = False,
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64]]: ...
    def rank_batch(
        self,
        offsets: npt.NDArray[np.int64],
        items: npt.NDArray[np.uint32],
        targets: npt.NDArray[np.uint32],
        k: int,
        threads: int,
        times: npt.NDArray[np.int64] | None = None,
        types: npt.NDArray[np.uint8] | None = None,
        request: npt.NDArray[np.int64] | None = None,
        exclude_seen: bool = False,
    ) -> tuple[
        npt.NDArray[np.uint32],
        npt.NDArray[np.uint32],
        npt.NDArray[np.float32],
        npt.NDArray[np.uint32],
    ]:
        """Conservative ranks (0: no score), ties, nanoseconds, the best k of each session."""

    def learn(self, log: LogColumns) -> SessionModel: ...
    def arrays(self) -> dict[str, npt.NDArray[Any]]: ...

class Measure(IntEnum):
    COUNT = 0
    COSINE = 1
    JACCARD = 2
    LLR = 3
    LIFT = 4
    CONDITIONAL = 5
    AMAZON = 6

# Rows of a sparse matrix: offsets (one more than rows), columns, values.
_Rows = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.float32]]

def pair_rows(
    offsets: npt.NDArray[np.int64],
    items: npt.NDArray[np.uint32],
    item_count: int,
    *,
    times: npt.NDArray[np.int64] | None = None,
    types: npt.NDArray[np.uint8] | None = None,
    measure: Measure = ...,
    neighbours: int = 100,
    shrink: float = 0.0,
    smoothing: float = 0.0,
    min_count: float = 1.0,
    longest: int = 0,
    distance: int = 0,
    window: int = 0,
    once: bool = True,
    type_weight: Sequence[float] | None = None,
    recency: float = 0.0,
    threads: int = 1,
) -> _Rows:
    """The strongest neighbours of each item, from groups of rows."""

def group_counts(
    offsets: npt.NDArray[np.int64],
    items: npt.NDArray[np.uint32],
    item_count: int,
    longest: int = 0,
) -> npt.NDArray[np.uint32]: ...
def fit_slim(
    offsets: npt.NDArray[np.uint64],
    items: npt.NDArray[np.uint32],
    weights: npt.NDArray[np.float32],
    counts: npt.NDArray[np.uint32],
    *,
    l1: float,
    l2: float,
    neighbours: int,
    threads: int = 1,
) -> _Rows: ...

class ItemRowsModel(SessionModel):
    def __init__(
        self,
        offsets: npt.NDArray[np.uint64],
        items: npt.NDArray[np.uint32],
        weights: npt.NDArray[np.float32],
        *,
        last_items: int = 0,
        step_decay: float = 1.0,
        type_weight: Sequence[float] | None = None,
    ) -> None: ...
    def parts(self) -> _Rows: ...

class ItemFactorsModel(SessionModel):
    def __init__(
        self,
        rows: npt.NDArray[np.float32],
        *,
        inputs: npt.NDArray[np.float32] | None = None,
        bias: npt.NDArray[np.float32] | None = None,
        last_items: int = 0,
        step_decay: float = 1.0,
        type_weight: Sequence[float] | None = None,
        confidence: float = 0.0,
        regularization: float = 0.01,
    ) -> None: ...
    def parts(
        self,
    ) -> tuple[
        npt.NDArray[np.float32], npt.NDArray[np.float32] | None, npt.NDArray[np.float32] | None
    ]:
        """Rows, inputs and bias; the latter two None where there are none."""

class BasketKind(IntEnum):
    TIFU = 0
    TIFU_CODE = 1
    UP_CF = 2

class BasketOptions(metaclass=_Bound):
    kind: BasketKind
    neighbours: int
    within_decay: float
    group_decay: float
    groups: int
    alpha: float
    recency: int
    asymmetry: float
    locality: float
    def __init__(self) -> None: ...

def basket_users(
    offsets: npt.NDArray[np.int64],
    items: npt.NDArray[np.uint32],
    baskets: npt.NDArray[np.int64],
    item_count: int,
    options: BasketOptions,
) -> _Rows: ...

class NextBasketModel(SessionModel):
    def __init__(
        self,
        offsets: npt.NDArray[np.uint64],
        items: npt.NDArray[np.uint32],
        weights: npt.NDArray[np.float32],
        item_count: int,
        options: BasketOptions,
    ) -> None: ...
    def parts(self) -> _Rows: ...

class LogColumns(metaclass=_Bound):
    """A log on its way into a model; `rank` has an entry for each session: the greater is newer."""

    def __init__(
        self,
        session: npt.NDArray[np.uint32],
        item: npt.NDArray[np.uint32],
        time: npt.NDArray[np.int64],
        rank: npt.NDArray[np.uint32],
        item_count: int,
        types: npt.NDArray[np.uint8] | None = None,
        visitors: npt.NDArray[np.uint32] | None = None,
    ) -> None: ...

class SavedModel(metaclass=_Bound):
    """What a model had learned: the arrays of SessionModel.arrays()."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], item_count: int) -> None: ...

class EventWeights(metaclass=_Bound):
    of_type: Annotated[list[float], "one for each event type"]
    step_half_life: float
    def __init__(self) -> None: ...
    def validate(self) -> None: ...

class RuleOptions(metaclass=_Bound):
    both_ways: bool
    steps: int
    weighting: Weighting
    pruning: int
    sample_size: int
    last_items: int
    step_decay: float
    per_session: bool
    events: EventWeights
    def __init__(self) -> None: ...
    def validate(self) -> None: ...

def make_knn(
    source: LogColumns | SavedModel,
    options: KnnOptions,
    events: EventWeights,
    distinct_items: bool = False,
    longest_quantile: float = 1.0,
) -> SessionModel: ...
def make_rules(source: LogColumns | SavedModel, options: RuleOptions) -> SessionModel: ...
def make_context_tree(
    source: LogColumns | SavedModel, depth: int, popular: int, events: EventWeights
) -> SessionModel: ...
def make_co_visitation(
    source: LogColumns | SavedModel, options: CoVisitationOptions, query: CoVisitationQuery
) -> SessionModel: ...
def make_popularity(
    source: LogColumns | SavedModel, half_life: int, events: EventWeights
) -> SessionModel: ...

class TreeEnsemble(metaclass=_Bound):
    """Boosted trees; aisle.trees.Trees says what the arrays hold."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None: ...
    @property
    def tree_count(self) -> int: ...
    @property
    def feature_count(self) -> int: ...
    def score(self, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]: ...
    def explain(self, row: npt.NDArray[np.float32]) -> tuple[float, npt.NDArray[np.float64]]: ...

def add_trees(bundle: Bundle, manifest: str, arrays: dict[str, npt.NDArray[Any]]) -> Bundle: ...

class VectorKind(IntEnum):
    AUTOMATIC = 0
    EXACT = 1
    IVF = 2
    HNSW = 3

class VectorIndex(metaclass=_Bound):
    """Items by the inner product of their vectors with a query's; add() may run beside search()."""

    def __init__(
        self,
        items: npt.NDArray[np.uint32],
        vectors: npt.NDArray[np.float32],
        *,
        kind: VectorKind = ...,
        normalize: bool = ...,
        lists: int = ...,
        probes: int = ...,
        m: int = ...,
        ef_construction: int = ...,
        ef_search: int = ...,
        target_recall: float = ...,
        side_rows: int = ...,
        build_threads: int = ...,
        seed: int = ...,
    ) -> None: ...
    def search(
        self, query: npt.NDArray[np.float32], k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]: ...
    def search_batch(
        self,
        queries: npt.NDArray[np.float32],
        k: int,
        allowed: npt.NDArray[np.bool_] | None = None,
        *,
        threads: int = 1,
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32], npt.NDArray[np.int64]]: ...
    def add(self, item: int, vector: npt.NDArray[np.float32]) -> None: ...
    def vectors(self, items: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]: ...
    def similarity(self, a: int, b: int) -> float: ...
    def serialize(self) -> bytes: ...
    @staticmethod
    def deserialize(data: bytes) -> VectorIndex: ...
    @property
    def recall(self) -> float: ...
    @property
    def effort(self) -> int: ...
    @property
    def kind(self) -> VectorKind: ...
    def __len__(self) -> int: ...

class SvdWeighting(IntEnum):
    NONE = 0
    LOG1P = 1
    PPMI = 2

def item_vectors(
    offsets: npt.NDArray[np.uint64],
    columns: npt.NDArray[np.uint32],
    values: npt.NDArray[np.float32],
    *,
    dim: int = ...,
    weighting: SvdWeighting = ...,
    shift: float = ...,
    smoothing: float = ...,
    power_iterations: int = ...,
    oversampling: int = ...,
    threads: int = ...,
    seed: int = ...,
    progress: Callable[[float], object] | None = ...,
) -> npt.NDArray[np.float32]: ...

# --- rerank ---------------------------------------------------------------------------------------

NO_VALUE: int

def rerank_mmr(
    relevance: npt.NDArray[np.float32],
    k: int,
    *,
    vectors: npt.NDArray[np.float32] | None = None,
    attributes: Sequence[npt.NDArray[np.uint32]] | None = None,
    lambda_: float = ...,
) -> npt.NDArray[np.uint32]: ...
def rerank_dpp(
    relevance: npt.NDArray[np.float32],
    k: int,
    *,
    vectors: npt.NDArray[np.float32] | None = None,
    attributes: Sequence[npt.NDArray[np.uint32]] | None = None,
    strength: float = ...,
) -> npt.NDArray[np.uint32]: ...
def rerank_xquad(
    relevance: npt.NDArray[np.float32],
    k: int,
    aspects: Sequence[Sequence[int]],
    *,
    interest: npt.NDArray[np.float32] | None = None,
    strength: float = ...,
) -> npt.NDArray[np.uint32]: ...
def rerank_calibrated(
    relevance: npt.NDArray[np.float32],
    k: int,
    aspects: Sequence[Sequence[int]],
    target: npt.NDArray[np.float32],
    *,
    strength: float = ...,
    smoothing: float = ...,
) -> npt.NDArray[np.uint32]: ...
def rerank_novelty(
    relevance: npt.NDArray[np.float32],
    k: int,
    counts: npt.NDArray[np.float32],
    total: float,
    *,
    strength: float = ...,
) -> npt.NDArray[np.uint32]: ...
def rerank_exposed(
    order: npt.NDArray[np.uint32],
    groups: npt.NDArray[np.uint64],
    k: int,
    limits: Sequence[tuple[int, int | None]],
) -> npt.NDArray[np.uint32]: ...

# --- explore --------------------------------------------------------------------------------------

class BanditPolicy(IntEnum):
    EPSILON_GREEDY = 0
    SOFTMAX = 1
    UCB1 = 2
    THOMPSON_BETA = 3
    THOMPSON_GAUSSIAN = 4
    LIN_UCB = 5
    LIN_TS = 6

class Bandit(metaclass=_Bound):
    """Arms by a 64-bit key, what came of them, and what to show next with which propensity."""

    def __init__(
        self,
        policy: BanditPolicy,
        *,
        epsilon: float = ...,
        temperature: float = ...,
        alpha: float = ...,
        prior_successes: float = ...,
        prior_failures: float = ...,
        prior_mean: float = ...,
        prior_deviation: float = ...,
        noise: float = ...,
        ridge: float = ...,
        dim: int = ...,
        half_life: float = ...,
        max_arms: int = ...,
    ) -> None: ...
    def choose(
        self,
        arms: npt.NDArray[np.uint64],
        k: int,
        seed: int,
        context: npt.NDArray[np.float64] | None = None,
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]: ...
    def probabilities(
        self, arms: npt.NDArray[np.uint64], context: npt.NDArray[np.float64] | None = None
    ) -> npt.NDArray[np.float64]: ...
    def expectations(
        self, arms: npt.NDArray[np.uint64], context: npt.NDArray[np.float64] | None = None
    ) -> npt.NDArray[np.float64]: ...
    def update(
        self, arm: int, reward: float, context: npt.NDArray[np.float64] | None = None
    ) -> None: ...
    def correct(
        self, arm: int, more: float, context: npt.NDArray[np.float64] | None = None
    ) -> bool: ...
    def save(self) -> bytes: ...
    @staticmethod
    def restore(data: bytes) -> Bandit: ...
    @property
    def policy(self) -> BanditPolicy: ...
    @property
    def updates(self) -> int: ...
    def __len__(self) -> int: ...

# --- engine ---------------------------------------------------------------------------------------

class Exclusions(metaclass=_Bound):
    anchor: bool
    bought: bool
    in_cart: bool
    seen: bool
    unavailable: bool
    return_below: float
    def __init__(self) -> None: ...

class ExploreOptions(metaclass=_Bound):
    """What a strategy tries out."""

    slots: int
    places: Sequence[int]
    pool: int
    fresh: int
    max_age: float
    among: Sequence[str]
    context: Sequence[str]
    horizon: int
    counts_shown: bool
    def __init__(self, over: int) -> None: ...
    def set_bandit(self, policy: BanditPolicy, options: dict[str, float]) -> None: ...
    def set_reward(self, type: str, reward: float) -> None: ...

class Strategy(metaclass=_Bound):
    """The recipe of a slate, as the core takes it."""

    knn: KnnOptions
    co_visitation: CoVisitationQuery
    rules: CoVisitationQuery
    vector_items: int
    vector_decay: float
    weights: Annotated[Sequence[float], "one for each of feature_names()"]
    exclude: Exclusions
    diversity: float
    diversity_pool: int
    diversity_on: str
    novelty: float
    def set_diversity_method(self, name: str) -> None: ...
    def __init__(self) -> None: ...
    filter: str
    takes_largest_boost: bool
    explore: ExploreOptions
    fallback: list[str]
    seed: int
    def set_fatigue(self, strength: float, after: int, within: int) -> None: ...
    def set_rotation(self, rate: float, time: int) -> None: ...
    minimum: int
    def set_source(self, name: str, is_on: bool, quota: int) -> None: ...
    def set_source_weight(self, name: str, weight: float) -> None: ...
    def add_rule(
        self,
        name: str,
        action: str,
        when: str,
        from_time: int,
        until: int,
        where: str,
        amount: str,
        factor: float,
        items: Sequence[str],
        column: str,
        count: int,
        share: float,
    ) -> None: ...
    def add_exposure(
        self,
        name: str,
        where: str,
        column: str,
        tail: float,
        at_least: float,
        at_most: float,
        lag: float,
    ) -> None: ...
    def set_market(
        self, name: str, currency: str, columns: Sequence[tuple[str, str]]
    ) -> None: ...
    def set_at_most(self, rules: Mapping[str, int]) -> None: ...
    price_reranking: float
    def set_relation(self, name: str) -> None: ...
    def add_offer(
        self,
        name: str,
        discount: float,
        budget: float,
        hold: int,
        at_most: int,
        round_to: float,
    ) -> None: ...
    def set_objective(self, name: str, weight: float, column: str) -> None: ...
    def validate(self) -> None: ...

class GivenValues(metaclass=_Bound):
    """What a caller says of a request, as expressions take it."""

    def __init__(self, given: dict[str, Any]) -> None: ...

def parse_expression(text: str) -> None:
    """Raise an ExpressionError unless the text follows the grammar; names are not looked up."""

class Expression(metaclass=_Bound):
    """A compiled expression over a catalogue."""

    def __init__(
        self,
        catalog: Catalog,
        text: str,
        wants_number: bool = False,
        columns: Sequence[tuple[str, str]] = ...,
    ) -> None: ...
    @property
    def needs(self) -> list[str]: ...
    @property
    def columns(self) -> list[str]: ...
    def evaluate(
        self,
        now: int,
        anchor: int | None,
        context: GivenValues,
        parameters: GivenValues,
        events: tuple[
            npt.NDArray[np.uint8],
            npt.NDArray[np.uint32],
            npt.NDArray[np.int64],
            npt.NDArray[np.float32],
        ]
        | None,
        session_begin: int,
    ) -> npt.NDArray[Any]: ...
    def matches(
        self,
        now: int,
        anchor: int | None,
        context: GivenValues,
        parameters: GivenValues,
        events: tuple[
            npt.NDArray[np.uint8],
            npt.NDArray[np.uint32],
            npt.NDArray[np.int64],
            npt.NDArray[np.float32],
        ]
        | None,
        session_begin: int,
    ) -> npt.NDArray[np.bool_]: ...

class EngineOptions(metaclass=_Bound):
    """Times in microseconds, memory in bytes."""

    def _set_state(self, path: str, durability: str) -> None: ...
    def _set_hygiene(
        self, burst: int, dwell: int, regularity: float, session_acts: int
    ) -> None: ...
    max_events: int
    idle_gap: int
    time_to_live: int
    max_lateness: int
    max_future: int
    watermark: int
    memory_limit: int
    shards: int
    live_sessions: int
    learn_trending: bool
    learn_co_visitation: bool
    learn_sessions: bool
    slates: int
    max_items: int
    def __init__(self) -> None: ...

class Extras(metaclass=_Bound):
    """What few requests say."""

    def __init__(
        self,
        after: int = 0,
        exclude: Sequence[object] | None = None,
        items: Sequence[object] | None = None,
        scores: Sequence[float] = ...,
        trust: float = 1.0,
        explain: bool = False,
    ) -> None: ...

class Answer(_Made):
    """A slate as the core gives it."""

    @property
    def items(self) -> list[str | int]: ...
    @property
    def scores(self) -> npt.NDArray[np.float32]: ...
    @property
    def pool_size(self) -> int: ...
    @property
    def offers(self) -> dict[int, tuple[str, float, float, float]]: ...
    @property
    def dropped(self) -> dict[str, int]: ...
    def sources(self, place: int) -> dict[str, tuple[int, float]]: ...
    @property
    def number(self) -> int: ...
    @property
    def placement(self) -> str: ...
    @property
    def market(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def chosen(self) -> str: ...
    @property
    def propensity(self) -> float: ...
    def explored(self, place: int) -> tuple[bool, float]: ...
    def is_fallback(self, place: int) -> bool: ...
    def is_pinned(self, place: int) -> bool: ...
    def attributes(self, names: Sequence[str]) -> list[dict[str, Any]]: ...
    def explanations(self) -> list[dict[str, Any]]: ...
    @property
    def is_explained(self) -> bool: ...
    def __len__(self) -> int: ...

class Engine(metaclass=_Bound):
    def __init__(
        self, bundle: Bundle, strategies: Sequence[tuple[str, Strategy]], options: EngineOptions
    ) -> None: ...
    def observe(
        self,
        visitor: object,
        item: object,
        type: str = "view",
        time: object = None,
        value: float | None = None,
        event_id: object = None,
        session: object = None,
        consent: bool = True,
    ) -> str: ...
    def observe_columns(
        self,
        visitor: npt.NDArray[np.uint32],
        visitors: Dictionary,
        item: npt.NDArray[np.uint32],
        items: Dictionary,
        time: npt.NDArray[np.int64],
        type: npt.NDArray[np.uint8],
        session: npt.NDArray[np.uint32] | None,
        sessions: Dictionary | None,
        event_id: npt.NDArray[np.uint32] | None,
        event_ids: Dictionary | None,
        value: npt.NDArray[np.float32] | None,
        consent: npt.NDArray[np.uint8] | None,
        learn: bool,
    ) -> npt.NDArray[np.uint64]: ...
    def answer(self, asked: tuple[Any, ...], slate_prefix: str = "") -> Answer: ...
    def page(
        self, asked: Sequence[tuple[Any, ...]], values: Sequence[float], slate_prefix: str
    ) -> list[tuple[int, float, Answer]]: ...
    def values(self, column: str, asked: tuple[Any, ...]) -> list[tuple[str, float]]: ...
    def affinities(
        self, item: object, visitors: Sequence[object], time: object, placement: str, market: str
    ) -> npt.NDArray[np.float64]: ...
    def join(self, slate: int, item: object, type: str) -> str: ...
    def settle_until(self, now: int) -> None: ...
    def save_arms(self) -> list[tuple[str, bytes]]: ...
    def restore_arms(self, saved: Sequence[tuple[str, bytes]]) -> None: ...
    def exposures(
        self, placement: str, market: str
    ) -> list[tuple[str, str | None, float, float]]: ...
    def count_arms(self) -> dict[str, tuple[int, int]]: ...
    def judge(self, target: object, then: Answer, asked: tuple[Any, ...]) -> dict[str, Any]: ...
    def find_look(
        self, asked: tuple[Any, ...], budget: float, per: str
    ) -> tuple[list[str | int], list[float], float] | None: ...
    def forget(self, visitor: object) -> bool: ...
    def swap(self, bundle: Bundle, strategies: Sequence[tuple[str, Strategy]]) -> None: ...
    def write_items(self, told: Catalog) -> None: ...
    def set_strategies(self, strategies: Sequence[tuple[str, Strategy]]) -> None: ...
    def catalog(self) -> Any: ...
    def add_vector(self, item: int, vector: npt.NDArray[np.float32]) -> None: ...
    def read_features(
        self, visitor: str | int | None, items: Sequence[str | int], time: object = None,
        session: Sequence[str | int] | None = None,
    ) -> tuple[list[str], npt.NDArray[np.float32]]: ...
    def read_profile(self, visitor: str | int, time: object = None) -> dict[str, Any]: ...
    def expire(self, now: int) -> int: ...
    def redeem_offer(self, slate_id: str, item: object, time: object) -> bool: ...
    def offer_state(self, time: object) -> dict[str, Any]: ...
    def restore_offer_state(
        self,
        accounts: Sequence[tuple[str, float, float, int, int]],
        holds: Sequence[tuple[str, str, str, float, int]],
    ) -> None: ...
    def _flush(self) -> None: ...
    def _prune_state(self, before: int) -> int: ...
    def _keep_fact(self, name: str, value: bytes) -> None: ...
    def _fact(self, name: str) -> bytes: ...
    def _close_state(self) -> None: ...
    def stats(self) -> dict[str, int]: ...
    def hygiene(self) -> dict[str, Any]: ...
    def _identify(self, device: str, user: str, since: int) -> None: ...
    def _separate(self, device: str, user: str) -> int: ...
    def _person(self, visitor: str, now: int) -> list[tuple[str, int | None, int | None]]: ...
    def _keep_told(self, visitor: str, name: str, value: bytes) -> None: ...
    def _told(self) -> list[tuple[str, str, str]]: ...
    def _devices(self, user: str) -> list[str]: ...
    def _has_links(self) -> bool: ...
    def replay(
        self,
        visitor: npt.NDArray[np.uint32],
        visitors: Dictionary,
        item: npt.NDArray[np.uint32],
        items: Dictionary,
        time: npt.NDArray[np.int64],
        type: npt.NDArray[np.uint8],
        session: npt.NDArray[np.uint32] | None,
        sessions: Dictionary | None,
        event_id: npt.NDArray[np.uint32] | None,
        event_ids: Dictionary | None,
        value: npt.NDArray[np.float32] | None,
        consent: npt.NDArray[np.uint8] | None,
        rows: npt.NDArray[np.int64],
        following: npt.NDArray[np.int64],
        k: int,
        learn: bool,
        progress: Callable[[int], object] | None,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int64]]: ...
    def collect_training(
        self,
        visitor: npt.NDArray[np.uint32],
        visitors: Dictionary,
        item: npt.NDArray[np.uint32],
        items: Dictionary,
        time: npt.NDArray[np.int64],
        type: npt.NDArray[np.uint8],
        session: npt.NDArray[np.uint32] | None,
        sessions: Dictionary | None,
        event_id: npt.NDArray[np.uint32] | None,
        event_ids: Dictionary | None,
        value: npt.NDArray[np.float32] | None,
        consent: npt.NDArray[np.uint8] | None,
        rows: npt.NDArray[np.int64],
        following: npt.NDArray[np.int64],
        others: int,
        seed: int,
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.uint32], int]: ...

def best_set(
    alone: npt.NDArray[np.float32],
    pairs: npt.NDArray[np.float32],
    groups: npt.NDArray[np.uint32],
    prices: npt.NDArray[np.float64],
    budget: float,
    parts: int,
    width: int,
) -> list[int]: ...
def microseconds(time: object) -> int: ...
def source_names() -> list[str]: ...
def feature_names() -> list[str]: ...
# --- features -------------------------------------------------------------------------------------

class FeatureDefinition(metaclass=_Bound):
    """A list of features and what goes with it; validate() says what does not hold."""

    session_gap: int
    time_to_live: int
    memory_limit: int
    max_values: int
    max_items: int
    def __init__(self) -> None: ...
    def add(
        self,
        name: str,
        kind: str,
        of: int,
        column: str,
        types: int,
        per: int,
        window: int,
        half_life: int,
        prior_mean: float,
        prior_weight: float,
        utc_offset: int,
    ) -> None: ...
    def set_profile(
        self,
        columns: Sequence[str],
        types: int,
        half_life: int,
        intent_events: float,
        intent_half_life: int,
    ) -> None: ...
    def validate(self) -> None: ...
    def columns(self) -> list[str]: ...

def feature_table(
    definition: FeatureDefinition,
    catalog: Catalog,
    visitor: npt.NDArray[np.uint32],
    item: npt.NDArray[np.uint32],
    time: npt.NDArray[np.int64],
    type: npt.NDArray[np.uint8],
    session: npt.NDArray[np.uint32] | None,
    event_id: npt.NDArray[np.uint32] | None,
    consent: npt.NDArray[np.uint8] | None,
    row_visitor: npt.NDArray[np.uint32],
    row_item: npt.NDArray[np.uint32],
    row_time: npt.NDArray[np.int64],
    visitors: Dictionary,
    link_visitor: npt.NDArray[np.uint32],
    link_user: npt.NDArray[np.uint32],
    link_time: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]: ...
def add_features(
    bundle: Bundle,
    manifest: str,
    definition: FeatureDefinition,
    catalog: Catalog,
    visitor: npt.NDArray[np.uint32],
    item: npt.NDArray[np.uint32],
    time: npt.NDArray[np.int64],
    type: npt.NDArray[np.uint8],
    session: npt.NDArray[np.uint32] | None,
    event_id: npt.NDArray[np.uint32] | None,
    consent: npt.NDArray[np.uint8] | None,
) -> Bundle: ...
def fit(
    session: npt.NDArray[np.uint32],
    item: npt.NDArray[np.uint32],
    time: npt.NDArray[np.int64],
    type: npt.NDArray[np.uint8],
    session_rank: npt.NDArray[np.uint32],
    items: Any,
    vector_dim: int,
    vectors: npt.NDArray[np.float32] | None,
    neighbours: int,
    pair_half_life: int,
    manifest: str,
    weights: npt.NDArray[np.float32] | None,
    progress: Callable[[str, float], object] | None,
    session_visitor: npt.NDArray[np.uint32],
    k_anonymity: int,
) -> Bundle: ...
