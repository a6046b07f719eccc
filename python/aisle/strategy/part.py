"""What all parts of a strategy share: how they are checked, and the kinds of their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)

from aisle._core import ConfigError
from aisle.strategy.problems import Place, problems_of

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

Id = str | int


def _as_slots(value: Any) -> Any:
    """A number of slots, or a share of the slate: 2 or "25%"."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
    is_share = isinstance(value, str) and re.fullmatch(r"(100|[1-9]?\d)%", value)
    if not (is_number or is_share):
        raise ValueError(
            f'write a number of slots up to 1000, or a share like "25%"; got {value!r}'
        )
    return value


Slots = Annotated[
    int | str,
    BeforeValidator(
        _as_slots,
        json_schema_input_type=Annotated[int, Field(ge=0, le=1000)]
        | Annotated[str, Field(pattern=r"^(100|[1-9]?\d)%$")],
    ),
]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _seconds(value: Any) -> Any:
    """A span like "30m" or "7d" in seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip())
    if not found:
        raise ValueError(f"{value!r} is no span of time; write seconds, or 30m, 2h, 7d")
    return float(found[1]) * UNITS[found[2]]


Span = Annotated[
    float, Field(gt=0, le=1e10), BeforeValidator(_seconds, json_schema_input_type=float | str)
]  # in seconds


def span_in_words(seconds: float) -> str:
    """As one writes it: the largest unit that it is a whole number of.

    Examples
    --------
    >>> span_in_words(5400), span_in_words(86_400)
    ('90m', '1d')
    """
    unit = next((u for u in reversed(UNITS) if seconds % UNITS[u] == 0), "s")
    return f"{seconds / UNITS[unit]:g}{unit}"


def number_as(field: str, model: Any, number: Any = float) -> Any:
    """What takes a number alone for one of a part's fields."""

    def take(value: Any) -> Any:
        if isinstance(value, int | number) and not isinstance(value, bool):
            return {field: number(value)}
        if value is None or isinstance(value, dict | BaseModel):
            return value
        raise ValueError(f"write a number (its {field}), or {{{field}: …}}; got {value!r}")

    return BeforeValidator(take, json_schema_input_type=number | model)


Expression = Annotated[str, Field(min_length=1, max_length=16_384)]


class _Checked(ModelMetaclass):
    """Whoever makes a part of a strategy gets the house's error, with every problem in it."""

    def __call__(self, *args: Any, **fields: Any) -> Any:
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            found = problems_of(error, fields, lambda place: fields_at(self, place))
            raise ConfigError("; ".join(str(one) for one in found)) from None


def fields_at(model: Any, place: Place) -> list[str]:
    """The names that a field of a strategy, or of a part of one, may have there."""
    for step in place[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            field = model.model_fields[step]
            model = next(_parts_in(field.annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _parts_in(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts_in(inner)


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
ALWAYS = (-(2**62), 2**62)  # microseconds: a window that is open on both sides


def window_of(begin: datetime | None, end: datetime | None) -> tuple[int, int]:
    """From and until in microseconds UTC, open where there is none."""

    def micros(moment: datetime | None, otherwise: int) -> int:
        return otherwise if moment is None else round(moment.timestamp() * 1_000_000)

    return micros(begin, ALWAYS[0]), micros(end, ALWAYS[1])
