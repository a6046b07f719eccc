"""From sessions of views to the log: carts, purchases, one order in time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle.simulate.catalogue import Ints
from aisle.simulate.visitors import likes_price
from aisle.simulate.walk import Sessions, World

VIEW, CART, PURCHASE = 0, 1, 3
CART_RATE: Final = 0.16  # chance to put a viewed item into the cart, when taste and price fit
BUY_RATE: Final = 0.35  # chance that what is in the cart is bought


def assemble(
    world: World, people: Sessions, bots: Sessions, rng: np.random.Generator
) -> dict[str, npt.NDArray[Any]]:
    """All events, sorted by time; sessions are numbered by their start."""
    session = people.owner
    cart = _carts(world, people, session, rng)
    cart_time = (
        people.time[cart]
        + 1000
        + (rng.random(len(cart)) * 0.8 * _until_next(people)[cart]).astype(np.int64)
    )
    bought = cart[rng.random(len(cart)) < BUY_RATE]
    pay = people.end + 45_000_000 + (rng.random(len(people.visitor)) * 3e8).astype(np.int64)
    views, sessions = len(people.time), len(people.visitor)
    rows = np.concatenate([np.arange(views), cart, bought])
    time = np.concatenate([people.time, cart_time, pay[session[bought]], bots.time])
    kind = np.repeat(
        np.array([VIEW, CART, PURCHASE, VIEW], np.uint8),
        [views, len(cart), len(bought), len(bots.time)],
    )
    item = np.concatenate([people.item[rows], bots.item])
    session = np.concatenate([session[rows], sessions + bots.owner])
    order = np.argsort(time, kind="stable")
    item, session, kind = item[order], session[order], kind[order]
    value = world.catalogue.price[item].astype(np.float32)
    value[kind == VIEW] = np.nan
    return {
        "visitor": np.concatenate([people.visitor, bots.visitor])[session],
        "item": world.catalogue.ids[item],
        "time": time[order],
        "type": kind,
        "session": _by_first_event(session),
        "value": value,
    }


def _carts(world: World, people: Sessions, session: Ints, rng: np.random.Generator) -> Ints:
    """Views that lead to a cart: in stock, and the more readily the better taste and price fit."""
    shop, visitor = world.catalogue, people.visitor[session]
    cluster = shop.cluster[people.item]
    liked = (world.visitors.favourites[visitor] == cluster[:, None]).any(axis=1)
    chance = likes_price(shop.level[people.item], world.visitors.level[visitor])
    chance *= np.where(liked, CART_RATE, 0.4 * CART_RATE)
    out = (shop.out_from[people.item] <= people.time) & (people.time < shop.out_to[people.item])
    found: Ints = np.flatnonzero((rng.random(len(chance)) < chance) & ~out)
    pair = session[found] * len(shop.ids) + people.item[found]
    once: Ints = found[np.sort(np.unique(pair, return_index=True)[1])]
    return once


def _until_next(people: Sessions) -> Ints:
    """Microseconds from each view to the next of its session; half a minute after the last."""
    gap = np.empty_like(people.time)
    gap[:-1] = people.time[1:] - people.time[:-1]
    gap[people.offsets[1:] - 1] = 30_000_000
    return gap


def _by_first_event(session: Ints) -> Ints:
    first, where = np.unique(session, return_index=True)
    number = np.empty(int(first[-1]) + 1 if len(first) else 0, np.int64)
    number[first[np.argsort(where)]] = np.arange(len(first))
    renumbered: Ints = number[session]
    return renumbered
