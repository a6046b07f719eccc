"""Features for training and serving from one definition."""

from aisle.features._base import Feature
from aisle.features.feature_set import FeatureSet
from aisle.features.parts import (
    Affinity,
    Context,
    Count,
    Decayed,
    PriceAffinity,
    Rate,
    Recency,
    SessionCount,
    Sessions,
)
from aisle.features.profile import ProfileOptions
from aisle.features.table import FeatureTable, table
from aisle.features.taste import Profile

__all__ = [
    "Affinity",
    "Context",
    "Count",
    "Decayed",
    "Feature",
    "FeatureSet",
    "FeatureTable",
    "PriceAffinity",
    "Profile",
    "ProfileOptions",
    "Rate",
    "Recency",
    "SessionCount",
    "Sessions",
    "table",
]
