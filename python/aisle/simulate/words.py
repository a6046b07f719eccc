"""Words for item titles: what a shop of shoes, clothes and household goods would print."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


# category: nouns, materials, sizes, price in the middle
GOODS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], float]] = {
    "shoes": (
        _words("sneaker, boot, sandal, loafer, running shoe"),
        _words("canvas, leather, suede, mesh"),
        tuple(str(size) for size in range(36, 47)),
        70.0,
    ),
    "shirts": (
        _words("T-shirt, shirt, blouse, polo, top"),
        _words("cotton, linen, jersey, silk"),
        _words("XS, S, M, L, XL"),
        30.0,
    ),
    "trousers": (
        _words("jeans, chinos, shorts, leggings"),
        _words("denim, cotton, twill, corduroy"),
        _words("28, 30, 32, 34, 36"),
        55.0,
    ),
    "jackets": (
        _words("jacket, coat, parka, vest"),
        _words("wool, down, denim, waxed"),
        _words("S, M, L, XL"),
        120.0,
    ),
    "dresses": (
        _words("dress, skirt, jumpsuit"),
        _words("viscose, linen, cotton, velvet"),
        _words("34, 36, 38, 40, 42"),
        65.0,
    ),
    "knitwear": (
        _words("sweater, cardigan, hoodie"),
        _words("merino, cashmere, cotton, mohair"),
        _words("S, M, L, XL"),
        60.0,
    ),
    "bags": (
        _words("backpack, tote, shoulder bag, wallet"),
        _words("canvas, leather, nylon, cork"),
        _words("small, medium, large"),
        75.0,
    ),
    "hats": (
        _words("cap, beanie, sun hat, scarf"),
        _words("wool, cotton, straw, fleece"),
        _words("one size"),
        25.0,
    ),
    "kitchen": (
        _words("pan, bowl, mug, knife, kettle"),
        _words("steel, ceramic, cast-iron, glass"),
        _words("small, medium, large"),
        35.0,
    ),
    "bedding": (
        _words("duvet cover, pillow, blanket, sheet"),
        _words("percale, linen, flannel, satin"),
        _words("80x80, 135x200, 155x220, 200x220"),
        50.0,
    ),
    "lighting": (
        _words("table lamp, floor lamp, pendant, lantern"),
        _words("brass, paper, glass, oak"),
        _words("small, large"),
        90.0,
    ),
    "furniture": (
        _words("chair, stool, shelf, side table, desk"),
        _words("oak, walnut, rattan, steel"),
        _words("narrow, wide"),
        180.0,
    ),
    "garden": (
        _words("planter, hose, lounger, parasol"),
        _words("teak, terracotta, zinc, acacia"),
        _words("small, medium, large"),
        65.0,
    ),
    "toys": (
        _words("puzzle, building set, doll, board game"),
        _words("wooden, felt, paper, recycled"),
        _words("age 3+, age 6+, age 10+"),
        28.0,
    ),
    "sport": (
        _words("yoga mat, dumbbell, racket, bottle, rope"),
        _words("cork, rubber, carbon, steel"),
        _words("light, medium, heavy"),
        40.0,
    ),
    "beauty": (
        _words("soap, face cream, shampoo, hand balm"),
        _words("lavender, oat, citrus, rose"),
        _words("50 ml, 100 ml, 250 ml"),
        15.0,
    ),
}
COLOURS = ("white", "black", "navy", "olive", "sand", "red", "grey", "teal", "mustard", "rose")
_FRONT = ("Al", "Bri", "Cor", "Da", "El", "Fen", "Gal", "Hol", "Iv", "Jun", "Kes", "Lor")
_BACK = ("ba", "den", "ella", "mark", "nor", "sund", "wick")
BRANDS = tuple(front + back for back in _BACK for front in _FRONT)
CATEGORIES = tuple(GOODS)


def titles(
    category: npt.NDArray[np.integer],
    style: npt.NDArray[np.integer],
    place: npt.NDArray[np.integer],
) -> list[str]:
    """Title of each item: "Canvas sneaker, white, 42".

    Parameters
    ----------
    category, style, place
        Number of the item's category, of its style cluster, and its place in the cluster.

    Examples
    --------
    >>> titles(np.array([0]), np.array([0]), np.array([0]))
    ['Canvas sneaker, white, 36']
    """
    found = []
    for kind, cluster, number in zip(
        category.tolist(), style.tolist(), place.tolist(), strict=True
    ):
        nouns, materials, sizes, _ = GOODS[CATEGORIES[kind]]
        material = materials[cluster // len(nouns) % len(materials)]
        colour = COLOURS[(cluster + number // len(sizes)) % len(COLOURS)]
        name = f"{material} {nouns[cluster % len(nouns)]}, {colour}, {sizes[number % len(sizes)]}"
        found.append(name[0].upper() + name[1:])
    return found
