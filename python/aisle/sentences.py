"""`Sentences`: why an item is recommended, in a sentence that a shopper can read."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from aisle._core import ConfigError
from aisle.explanation import Explanation, Named
from aisle.names import unknown

PLACEHOLDERS: dict[str, frozenset[str]] = {
    "purchase": frozenset({"item"}),
    "cart": frozenset({"item"}),
    "co_visitation": frozenset({"item"}),
    "rules": frozenset({"item"}),
    "knn": frozenset({"item"}),
    "vectors": frozenset({"item"}),
    "session": frozenset(),
    "seen": frozenset(),
    "buy_again": frozenset({"this"}),
    "trending_alike": frozenset({"group"}),
    "trending": frozenset(),
    "popular": frozenset(),
    "new": frozenset(),
    "pinned": frozenset(),
    "sold_out": frozenset(),
}
"""Every key of a catalogue of texts, with the placeholders that its text must have."""

ANYWHERE = frozenset({"this"})  # what any text may name besides: the recommended item itself
LONGEST = 500  # characters of a text
DEFAULT = "en"

BUILT_IN: dict[str, dict[str, str]] = {
    "en": {
        "purchase": "Often bought with {item}",
        "cart": "Often put into the cart with {item}",
        "co_visitation": "Often looked at together with {item}",
        "rules": "Often looked at after {item}",
        "knn": "Because you looked at {item}",
        "vectors": "Similar to {item}",
        "session": "Goes with what you looked at",
        "seen": "You looked at this before",
        "buy_again": "You may be running low on {this}",
        "trending_alike": "Trending in {group}",
        "trending": "Trending now",
        "popular": "Popular now",
        "new": "New here",
        "pinned": "Our pick",
        "sold_out": "Sold out at the moment",
    },
    "de": {
        "purchase": "Oft zusammen gekauft mit {item}",
        "cart": "Oft im Warenkorb zusammen mit {item}",
        "co_visitation": "Oft zusammen angesehen mit {item}",
        "rules": "Oft angesehen nach {item}",
        "knn": "Weil Sie sich {item} angesehen haben",
        "vectors": "Ähnlich wie {item}",
        "session": "Passt zu dem, was Sie sich angesehen haben",
        "seen": "Das haben Sie sich schon angesehen",
        "buy_again": "Vielleicht geht Ihnen {this} bald aus",
        "trending_alike": "Gerade gefragt in {group}",
        "trending": "Gerade gefragt",
        "popular": "Gerade beliebt",
        "new": "Neu hier",
        "pinned": "Unsere Empfehlung",
        "sold_out": "Zurzeit ausverkauft",
    },
    "fr": {
        "purchase": "Souvent acheté avec {item}",
        "cart": "Souvent dans le même panier que {item}",
        "co_visitation": "Souvent consulté avec {item}",
        "rules": "Souvent consulté après {item}",
        "knn": "Parce que vous avez consulté {item}",
        "vectors": "Similaire à {item}",
        "session": "En rapport avec ce que vous avez consulté",
        "seen": "Vous l'avez déjà consulté",
        "buy_again": "Il ne vous reste peut-être plus beaucoup de {this}",
        "trending_alike": "Tendance dans {group}",
        "trending": "Tendance en ce moment",
        "popular": "Populaire en ce moment",
        "new": "Nouveau ici",
        "pinned": "Notre sélection",
        "sold_out": "Épuisé pour le moment",
    },
    "es": {
        "purchase": "A menudo comprado con {item}",
        "cart": "A menudo en el mismo carrito que {item}",
        "co_visitation": "A menudo visto junto con {item}",
        "rules": "A menudo visto después de {item}",
        "knn": "Porque has visto {item}",
        "vectors": "Similar a {item}",
        "session": "Va con lo que has visto",
        "seen": "Ya lo has visto",
        "buy_again": "Puede que te quede poco de {this}",
        "trending_alike": "Tendencia en {group}",
        "trending": "Tendencia ahora",
        "popular": "Popular ahora",
        "new": "Nuevo aquí",
        "pinned": "Nuestra selección",
        "sold_out": "Agotado por el momento",
    },
}

# What stands in where a text's placeholder has nothing to name.
INSTEAD = dict.fromkeys(
    ("purchase", "cart", "co_visitation", "rules", "knn", "vectors"), "session"
) | {"trending_alike": "trending"}
OF_FALLBACK = {"kept_for": "popular"}  # the other steps of the chain are keys themselves
OF_SOURCE = {"history": "seen"}  # and so are the other sources


class Sentences:
    """A catalogue of the texts that say why an item is recommended, by locale.

    English, German, French and Spanish are built in; what is given stands before them, key by key.

    Parameters
    ----------
    texts
        ``{locale: {key: text}}``, or the path of a JSON or YAML file that says the same. The keys
        are those of :data:`aisle.sentences.PLACEHOLDERS`. ``{item}`` is the session's item that
        links most to the recommended one, ``{group}`` its category or brand, ``{this}`` the
        recommended item, which every text may name. Each is shown by its title, else by its id.
        ``{{`` and ``}}`` are braces.
    default
        The locale that is used where another one, or a key in it, is not there.

    Raises
    ------
    ConfigError
        Naming locale and key: for an unknown key, for a text without the placeholder that its key
        must have or with one that it does not know, for braces that do not match.

    Notes
    -----
    ``de-AT`` and ``de_AT`` are one locale. A key is looked for in it, then in ``de``, then in the
    default, then in English.

    A sentence is plain text: titles and ids stand in it as they are, and braces in them mean
    nothing. A page of HTML must escape it whole; or ``escape=html.escape`` escapes the names
    alone, for texts that hold markup of their own.

    Examples
    --------
    >>> import aisle
    >>> texts = aisle.Sentences({"en": {"popular": "Everyone's favourite"},
    ...                          "nl": {"knn": "Omdat je {item} hebt bekeken"}})
    >>> texts.text("popular", "en-GB"), texts.text("knn", "nl"), texts.text("new", "nl")
    ("Everyone's favourite", 'Omdat je {item} hebt bekeken', 'New here')
    >>> aisle.Sentences({"en": {"knn": "You saw {thing}"}})
    Traceback (most recent call last):
    ...
    aisle.ConfigError: en.knn: unknown placeholder '{thing}'; it takes {item}, {this}
    """

    def __init__(
        self,
        texts: Mapping[str, Mapping[str, str]] | str | PathLike[str] | None = None,
        *,
        default: str = DEFAULT,
    ) -> None:
        origin = ""
        if isinstance(texts, (str, PathLike)):
            origin, texts = f"{texts}: ", _read(Path(texts))
        self._texts = {locale: dict(keys) for locale, keys in BUILT_IN.items()}
        for locale, keys in _pairs(texts or {}, f"{origin}texts"):
            own = self._texts.setdefault(_normal(locale, origin), {})
            for key, text in _pairs(keys, f"{origin}{locale}"):
                _check(text, key, f"{origin}{locale}.{key}")
                own[key] = text
        self.default = _normal(default, "default: ")
        if self.default not in self._texts:
            raise ConfigError(unknown("locale", default, self._texts, of="the texts"))

    @property
    def locales(self) -> list[str]:
        """Every locale that has a text."""
        return sorted(self._texts)

    def missing(self, locale: str) -> list[str]:
        """The keys for which a locale, or its language, has no text of its own."""
        chain = _chain(_normal(locale, ""))
        return [
            key for key in PLACEHOLDERS if not any(key in self._texts.get(one, ()) for one in chain)
        ]

    def text(self, key: str, locale: str | None = None) -> str:
        """The text of a key, its placeholders still in it.

        Raises
        ------
        ConfigError
            For a key that there is not.
        """
        if key not in PLACEHOLDERS:
            raise ConfigError(unknown("key", key, PLACEHOLDERS, of="a catalogue of texts"))
        wanted = self.default if locale is None else _normal(locale, "")
        chain = (*_chain(wanted), *_chain(self.default), DEFAULT)
        return next(self._texts[one][key] for one in chain if key in self._texts.get(one, ()))

    def sentence(
        self,
        told: Explanation,
        locale: str | None = None,
        *,
        escape: Callable[[str], str] = str,
    ) -> str:
        """Why an item is recommended.

        Parameters
        ----------
        told
            Its explanation, of a request with ``explain=True``.
        locale
            ``"de"``, ``"de-AT"``; None: the default.
        escape
            What makes a name safe where the sentence goes, as ``html.escape``.
        """
        key, names = reason_of(told)
        return self.text(key, locale).format_map({n: escape(text) for n, text in names.items()})

    def __repr__(self) -> str:
        return f"Sentences({', '.join(self.locales)}; default {self.default!r})"


def reason_of(told: Explanation) -> tuple[str, dict[str, str]]:
    """The key of an item's strongest reason, and what its placeholders name.

    A pin, then the step of the fallback chain, then the source that contributes most to the
    score; what the session itself holds was seen before, unless it was bought.
    """
    names = {"this": str(told.item)}
    if told.group is not None:
        names["group"] = told.group
    if told.pin is not None:
        return "pinned", names
    if told.fallback is not None:
        key = OF_FALLBACK.get(told.fallback, told.fallback)
    else:
        source = _strongest(told)
        key = OF_SOURCE.get(source, source)
        if told.in_session and key != "buy_again":
            key = "seen"
        linked: Named | None = told.links.get(source)
        if linked is not None:
            names["item"] = str(linked)
    if not PLACEHOLDERS[key] <= names.keys():
        key = INSTEAD[key]
    return key, names


def _strongest(told: Explanation) -> str:
    """The source with the largest part in the score; of none that helps, the best place."""
    if not told.sources:
        return "session"
    return max(
        told.sources,
        key=lambda name: (max(0.0, told.share_of(name)), -told.sources[name][0]),
    )


def _read(path: Path) -> Any:
    from aisle.strategy.files import Document

    try:
        return Document.parse(path.read_text(encoding="utf-8"), path).data
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8") from None


def _pairs(mapping: Any, what: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(mapping, Mapping):
        raise ConfigError(f"{what} must be a dict, got {mapping!r}")
    return mapping.items()


def _normal(locale: Any, origin: str) -> str:
    """``de_AT`` and ``de-AT`` as ``de-at``."""
    normal = locale.replace("_", "-").lower() if isinstance(locale, str) else ""
    if not normal or not all(part.isascii() and part.isalnum() for part in normal.split("-")):
        raise ConfigError(f'{origin}a locale is a text like "de" or "de-AT", got {locale!r}')
    return normal


def _chain(locale: str) -> tuple[str, ...]:
    """The locale, then without its last part, down to the language."""
    parts = locale.split("-")
    return tuple("-".join(parts[:size]) for size in range(len(parts), 0, -1))


def _check(text: Any, key: Any, where: str) -> None:
    """The key is one, and the text has its placeholders and no other."""
    if key not in PLACEHOLDERS:
        raise ConfigError(f"{where}: {unknown('key', key, PLACEHOLDERS)}")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise ConfigError(f"{where}: a text of 1 to {LONGEST} characters is needed, got {text!r}")
    try:
        found = [one for one in string.Formatter().parse(text) if one[1] is not None]
    except ValueError as error:
        raise ConfigError(f"{where}: {error}; a brace of the text's own is {{{{ or }}}}") from None
    needed = PLACEHOLDERS[key]
    takes = ", ".join(f"{{{name}}}" for name in sorted(needed | ANYWHERE))
    for _, name, form, conversion in found:
        if name not in needed | ANYWHERE:
            raise ConfigError(f"{where}: unknown placeholder '{{{name}}}'; it takes {takes}")
        if form or conversion:
            raise ConfigError(f"{where}: {{{name}}} stands alone, without ':' or '!'")
    missing = sorted(needed - {name for _, name, _, _ in found})
    if missing:
        raise ConfigError(f"{where}: the placeholder {{{missing[0]}}} is missing in {text!r}")
