"""What an engine knows of a visitor in numbers: features, and the profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle.asking import Id, Time, check_who, id_list
from aisle.requests import Requests

if TYPE_CHECKING:
    from aisle.features import Profile


class EngineFeatures(Requests):
    """The part of an engine that counts."""

    def features(
        self,
        visitor: Id | None = None,
        items: Sequence[Id] | None = None,
        *,
        session: Sequence[Id] | None = None,
        time: Time | None = None,
    ) -> tuple[list[str], npt.NDArray[np.float32]]:
        """The features that the bundle defines, for a visitor and candidates, as known by now.

        Counted is what the person did on all devices that :meth:`identify` told of. The same code
        makes the training table: :func:`aisle.features.table` over the same events and links gives
        the same numbers.

        Parameters
        ----------
        visitor
            Whose; one who was never seen has no events.
        session
            Instead of a visitor: item ids, oldest first. The features are those of somebody new who
            has just viewed these; nothing is looked up of visitors, and nothing kept.
        items
            A row each; an item that was never seen has no events. None: one row without an item,
            in which the features of items are NaN.
        time
            When, for a log that is played back; default now. What was observed is known, whatever
            its time.

        Returns
        -------
        names : list of str
            Of the columns.
        matrix : ndarray of float32, shape (rows, features)
            NaN where there is no such value.

        Raises
        ------
        ConfigError
            Where the bundle has no features; it says what to fit with. For both a visitor and a
            session, neither, or a text for a session.

        Examples
        --------
        >>> import aisle
        >>> from aisle.features import Count, FeatureSet
        >>> log = aisle.Events.from_columns(visitor=["a", "b"], item=["tea", "tea"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> bundle = aisle.fit(log, features=FeatureSet([Count("view", window="1d")]))
        >>> engine = aisle.Engine(bundle)
        >>> engine.observe("c", "tea", time="2024-05-01 10:02")
        'accepted'
        >>> engine.features("c", ["tea", "pot"], time="2024-05-01 10:03")
        (['views_item_1d'], array([[3.], [0.]], dtype=float32))
        """
        asked = [] if items is None else id_list("items", items)
        check_who(visitor, session)
        seen = None if session is None else list(session)
        names, found = self.read_features(visitor, asked, time, seen)
        return names, found[:0] if items is not None and not asked else found

    def profile(self, visitor: Id, *, time: Time | None = None) -> Profile:
        """What a person likes: what lasts and what the session says, blended by time.

        Parameters
        ----------
        visitor
            Whose, with all devices of the person; one who was never seen likes nothing yet.
        time
            When, for a log that is played back; default now.

        Raises
        ------
        ConfigError
            Where the bundle's features have no profile; it says what to fit with.

        Examples
        --------
        >>> import aisle
        >>> from aisle.features import FeatureSet
        >>> items = {"id": ["tea", "pot"], "brand": ["Assam", "Staub"], "price": [8.0, 50.0]}
        >>> log = aisle.Events.from_columns(visitor=["a", "b"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> engine = aisle.Engine(aisle.fit(log, items, features=FeatureSet.default(items)))
        >>> engine.observe("c", "pot", time="2024-05-01 10:02")
        'accepted'
        >>> engine.profile("c", time="2024-05-01 10:03").affinity("brand")
        [('Staub', 1.0)]
        """
        from aisle.features import Profile

        return Profile(visitor, self.read_profile(visitor, time))
