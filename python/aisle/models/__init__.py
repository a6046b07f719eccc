"""Models of sessions with scikit-learn's manners: ``fit(events)``, ``recommend(session, k)``."""

from aisle.models._base import Model
from aisle.models.co_visitation import CoVisitation
from aisle.models.knn import SKNN, VMISKNN, VSKNN
from aisle.models.popularity import Popularity

__all__ = ["SKNN", "VMISKNN", "VSKNN", "CoVisitation", "Model", "Popularity"]
