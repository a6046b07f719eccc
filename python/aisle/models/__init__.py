"""Models of sessions with scikit-learn's manners: ``fit(events)``, ``recommend(session, k)``."""

from aisle.models._base import Model
from aisle.models.buy_again import BuyAgain
from aisle.models.co_visitation import CoVisitation
from aisle.models.factorisation import ALS, BPR
from aisle.models.item2vec import Item2Vec
from aisle.models.item_knn import BoughtTogether, CoVisitationMatrix, ItemKNN
from aisle.models.knn import SKNN, VMISKNN, VSKNN
from aisle.models.linear import EASE, SLIM
from aisle.models.next_basket import TIFUKNN, UPCF
from aisle.models.popularity import Popularity

__all__ = [
    "ALS",
    "BPR",
    "EASE",
    "SKNN",
    "SLIM",
    "TIFUKNN",
    "UPCF",
    "VMISKNN",
    "VSKNN",
    "BoughtTogether",
    "BuyAgain",
    "CoVisitation",
    "CoVisitationMatrix",
    "Item2Vec",
    "ItemKNN",
    "Model",
    "Popularity",
]
