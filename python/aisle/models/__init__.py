"""Models of sessions with scikit-learn's manners: ``fit(events)``, ``recommend(session, k)``.

They learn on (``update(events)``) and are saved: ``model.save(path)``, ``aisle.models.load(path)``.
"""

from aisle.models._base import Model
from aisle.models._naming import from_json
from aisle.models._saving import load
from aisle.models.buy_again import BuyAgain
from aisle.models.co_visitation import CoVisitation
from aisle.models.context_tree import ContextTree
from aisle.models.factorisation import ALS, BPR
from aisle.models.item2vec import Item2Vec
from aisle.models.item_knn import BoughtTogether, CoVisitationMatrix, ItemKNN
from aisle.models.knn import SKNN, VMISKNN, VSKNN
from aisle.models.linear import EASE, SLIM
from aisle.models.next_basket import TIFUKNN, UPCF
from aisle.models.popularity import Popularity
from aisle.models.rules import AssociationRules, Markov, SequentialRules
from aisle.models.stan import STAN, VSTAN

__all__ = [
    "ALS",
    "BPR",
    "EASE",
    "SKNN",
    "SLIM",
    "STAN",
    "TIFUKNN",
    "UPCF",
    "VMISKNN",
    "VSKNN",
    "VSTAN",
    "AssociationRules",
    "BoughtTogether",
    "BuyAgain",
    "CoVisitation",
    "CoVisitationMatrix",
    "ContextTree",
    "Item2Vec",
    "ItemKNN",
    "Markov",
    "Model",
    "Popularity",
    "SequentialRules",
    "all_models",
    "from_json",
    "load",
]


def all_models() -> dict[str, type[Model]]:
    """Every model by its name.

    Examples
    --------
    >>> import aisle
    >>> aisle.models.all_models()["SKNN"]().k
    100
    """
    here = {name: globals()[name] for name in sorted(__all__)}
    return {
        name: kind
        for name, kind in here.items()
        if isinstance(kind, type) and issubclass(kind, Model) and kind is not Model
    }
