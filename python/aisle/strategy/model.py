"""What a strategy is made of, validated: sources, rules, diversity, limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from aisle import _core
from aisle._core import ConfigError
from aisle.names import unknown
from aisle.strategy.problems import Place, problems_of

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

SOURCES: tuple[str, ...] = tuple(_core.source_names())
FEATURES: tuple[str, ...] = tuple(_core.feature_names())
MOST_RULES = 1000
ACTIONS = (
    "include", "exclude", "boost", "bury", "add", "pin", "hide", "at_most", "at_least",
)  # fmt: skip

Id = str | int
Slots = (
    Annotated[int, Field(ge=0, le=1000)] | Annotated[str, Field(pattern=r"^(100|[1-9]?\d)%$")]
)  # a number of them, or a share of the slate: "25%"
Expression = Annotated[str, Field(min_length=1, max_length=16_384)]


class _Checked(ModelMetaclass):
    """Whoever makes a part of a strategy gets the house's error, with every problem in it."""

    def __call__(self, *args: Any, **fields: Any) -> Any:
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            found = problems_of(error, fields, lambda place: _fields_at(self, place))
            raise ConfigError("; ".join(str(one) for one in found)) from None


def _fields_at(model: Any, place: Place) -> list[str]:
    """The names that a field of a strategy, or of a part of one, may have there."""
    steps = [step for step in place if isinstance(step, str)]
    for step in steps[:-1]:
        parts = {"sources": Sources, "exclude": Exclude, "diversity": Diversity, "rules": Rule}
        model = parts.get(step, Source)
    return [field.alias or name for name, field in model.model_fields.items()]


class Part(BaseModel, metaclass=_Checked):
    """What all parts of a strategy share: no unknown fields, and values that don't change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    def to_dict(self) -> dict[str, Any]:
        """The part as plain values, ready for JSON; what is as by default is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _moment(value: Any) -> Any:
    """A date, an ISO text or a datetime as a datetime in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                f"{value!r} is no date or time; write 2026-11-27 or …T18:00Z"
            ) from None
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=datetime | str),
    PlainSerializer(lambda value: value.isoformat(), return_type=str, when_used="json"),
]


class Source(Part):
    """How one candidate source takes part."""

    quota: Annotated[int, Field(ge=0, le=1000)] = 100
    """The most candidates it may bring."""
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Its say in the scorer: times what the scorer's weights say of it."""


def _as_source(value: Any) -> Any:
    return {"quota": value} if isinstance(value, int) and not isinstance(value, bool) else value


OneSource = Annotated[
    Source | None, BeforeValidator(_as_source, json_schema_input_type=int | Source | None)
]


class Sources(Part):
    """The candidate sources that take part; one that is not named is off."""

    knn: OneSource = None
    """Sessions like this one."""
    co_visitation: OneSource = None
    """Seen in one session with what was seen."""
    rules: OneSource = None
    """Often the next step."""
    cart: OneSource = None
    """Put into one cart."""
    purchase: OneSource = None
    """Bought together."""
    vectors: OneSource = None
    """Near in vector space."""
    trending: OneSource = None
    """Looked at by many now."""
    trending_alike: OneSource = None
    """Looked at by many now, of the kind of the session's last item."""
    history: OneSource = None
    """The visitor's own: recently viewed."""
    buy_again: OneSource = None
    """The visitor's own: bought before."""


class Exclude(Part):
    """What must not come back."""

    anchor: bool = True
    """The item that the page is about."""
    bought: bool = True
    """What the visitor bought, as far as the kept events reach."""
    in_cart: bool = True
    """What is in the cart."""
    seen: bool = False
    """Anything of the running session."""
    unavailable: bool = True
    """Out of stock, not yet or no longer available."""
    return_below: Annotated[float, Field(ge=0, le=1)] = 0.005
    """Session items to which this shop's visitors come back more rarely than this."""


class Diversity(Part):
    """How a slate becomes more than twenty times the same thing."""

    method: Literal["mmr", "dpp", "xquad", "calibrated"] = "mmr"
    """MMR (Carbonell and Goldstein 1998), a determinantal point process (Chen et al. 2018), xQuAD
    (Santos et al. 2010), or a list calibrated to the visitor's interests (Steck 2018)."""
    strength: Annotated[float, Field(ge=0, le=1)] = 0.0
    """0: relevance alone; 1: nothing but difference."""
    on: str | None = None
    """What difference is: "vectors", or a column; default: vectors where there are any for MMR and
    DPP, else the category."""
    pool: Annotated[int, Field(ge=1, le=10_000)] = 100
    """The best so many candidates that it chooses from."""


def _as_diversity(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"strength": float(value)} if number else value


MaybeNumber = Annotated[
    Diversity, BeforeValidator(_as_diversity, json_schema_input_type=float | Diversity)
]


class Rule(Part):
    """One rule: an action, for which items (`where`), and when it holds.

    Exactly one of include, exclude, boost, bury, add, pin, hide, at_most and at_least.

    Examples
    --------
    >>> Rule(boost=1.5, where="brand == 'own'", until="2026-12-24").action
    'boost'
    """

    name: str = ""
    """What the trace calls it; default: its action and place."""
    enabled: bool = True
    """A rule that is switched off is still checked."""
    when: Expression | None = None
    """A condition on the request: anchor, context, session, history. Not so, no rule."""
    from_: Annotated[Moment | None, Field(alias="from")] = None
    """Holds from then on; without a zone: UTC."""
    until: Moment | None = None
    """Holds before then."""
    where: Expression | None = None
    """The items it is about; default: all."""

    include: Expression | None = None
    """Only these items are allowed."""
    exclude: Expression | None = None
    """These items are not allowed."""
    boost: Annotated[float, Field(gt=0, le=1000)] | Expression | None = None
    """Multiplies an item's odds of being chosen; a number, or an expression of the item."""
    bury: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Divides them."""
    add: Annotated[float, Field(ge=-1000, le=1000)] | Expression | None = None
    """Adds to an item's relevance, whose largest in the pool is 1."""
    pin: Id | None = None
    """This item stands in `slot`, where it is allowed at all."""
    slot: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Of a pin; 1 is the first."""
    hide: list[Id] | None = None
    """These items never come."""
    at_most: Slots | None = None
    """Slots for the items of `where`, or for each value of `per`."""
    at_least: Slots | None = None
    """Slots for the items of `where`, as far as there are such candidates."""
    per: str | None = None
    """Of at_most: a column; each of its values has its own count."""

    @property
    def action(self) -> str:
        """Which of the actions it is."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _has_one_action(self) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none"
            raise ValueError(f"a rule has exactly one of {', '.join(ACTIONS)}; here is {found}")
        action = given[0]
        if (self.slot is not None) != (action == "pin"):
            raise ValueError("pin and slot go together: pin: sku-1, slot: 1")
        if self.per is not None and action != "at_most":
            raise ValueError(f"per belongs to at_most, not to {action}")
        if self.where is not None and action in ("include", "exclude", "pin", "hide"):
            raise ValueError(f"{action} names its items itself: it takes no where")
        if self.where is None and action == "at_least":
            raise ValueError("at_least needs where: the items that the slots are for")
        if self.where is None and self.per is None and action == "at_most":
            raise ValueError("at_most needs where (the items it counts) or per (a column)")
        if self.from_ and self.until and self.from_ >= self.until:
            raise ValueError(
                f"from ({self.from_:%Y-%m-%d}) is not before until ({self.until:%Y-%m-%d})"
            )
        return self


class Strategy(Part):
    """How the slates of one placement are made.

    Notes
    -----
    The order in which all of it applies stands in docs/strategies.md. Fusion of the sources:
    Cormack et al., SIGIR 2009, with the weights of a conditional logit.

    Examples
    --------
    >>> recipe = Strategy(sources={"knn": 50, "trending": 50}, at_most={"brand": 2}, diversity=0.3)
    >>> recipe.diversity.strength
    0.3
    >>> Strategy.only("trending").to_dict()
    {'sources': {'trending': {}}, 'weights': {'trending.place': 1.0}}
    """

    sources: Sources | None = None
    """The candidate sources; default: all of them, as many as the default recipe says."""
    weights: dict[str, float] | None = None
    """The scorer's weights by feature; default: those that fit learned, or the built-in ones."""
    exclude: Exclude = Exclude()
    """What must not come back."""
    filter: Expression | None = None
    """Only items for which this is true."""
    rules: Annotated[list[Rule], Field(max_length=MOST_RULES)] = []
    """What merchandisers say, in any order."""
    boosts: Literal["multiply", "max"] = "multiply"
    """Several boosts on one item: their product, or the one farthest from 1."""
    diversity: MaybeNumber = Diversity()
    """Difference between the items of a slate; a number is the strength of MMR."""
    novelty: Annotated[float, Field(ge=0, le=1)] = 0.0
    """0: relevance alone; 1: the rarest first."""
    at_most: dict[str, Annotated[int, Field(ge=1, le=1000)]] = {}
    """At most n items of one value of a column: {"brand": 2}."""
    minimum: Annotated[int, Field(ge=0, le=1000)] = 0
    """A slate that would have fewer items is left empty."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in self.weights or {}:
            if name not in FEATURES:
                raise ValueError(unknown("feature", name, FEATURES))
        taken: dict[int, str] = {}
        for rule in self.rules:
            if rule.slot is None or not rule.enabled or rule.when or rule.from_ or rule.until:
                continue
            if rule.slot in taken:
                raise ValueError(
                    f"two pins on slot {rule.slot}: {taken[rule.slot]!r} and {rule.pin!r}; "
                    "give one of them another slot, a condition or a window"
                )
            taken[rule.slot] = str(rule.pin)
        return self

    @classmethod
    def only(cls, source: str, *, quota: int = 100) -> Self:
        """One source alone, in its own order."""
        return cls(sources={source: quota}, weights={f"{source}.place": 1.0})

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """The strategy of plain values, as ``to_dict`` makes them.

        Raises
        ------
        ConfigError
            For a field there is not, or a value outside its domain.
        """
        return cls(**plain)

    @property
    def names(self) -> list[str]:
        """What the trace calls each rule."""
        return [rule.name or f"{rule.action} {at}" for at, rule in enumerate(self.rules, 1)]
