"""The session models as one would write them down from the papers, on small logs.

A log is a list of sessions, oldest first; a session is a list of item names in order. A session's
age is its place in the list.
"""

from __future__ import annotations

import math

Session = list[str]
Scores = dict[str, float]

WEIGHT = {
    None: lambda n, p: 1.0,
    "same": lambda n, p: 1.0,
    "div": lambda n, p: p / n,
    "linear": lambda n, p: 1 - 0.1 * (n - p) if p <= 10 else 0.0,
    "log": lambda n, p: 1 / math.log10(n - p + 1.7),
    "quadratic": lambda n, p: (p / n) ** 2,
}
DECAY = {
    None: lambda r: 1.0,
    "same": lambda r: 1.0,
    "div": lambda r: 1 / r,
    "linear": lambda r: 1 - 0.1 * r if r <= 100 else 0.0,
    "log": lambda r: 1 / math.log10(r + 1.7),
    "quadratic": lambda r: 1 / r**2,
}


def last_place(session: Session, item: str) -> int:
    """1-based."""
    return len(session) - session[::-1].index(item)


def newest_sharing(log: list[Session], session: Session, most: int) -> list[int]:
    """Numbers of the newest sessions that share an item, newest first."""
    wanted = set(session)
    return [z for z in range(len(log) - 1, -1, -1) if wanted & set(log[z])][:most]


def nearest(similarity: dict[int, float], k: int) -> list[tuple[int, float]]:
    """The k most similar; equal to 12 digits: the newer."""
    positive = [(z, s) for z, s in similarity.items() if s > 0]
    return sorted(positive, key=lambda one: (-float(f"{one[1]:.11e}"), -one[0]))[:k]


def sknn(log: list[Session], session: Session, *, k: int, m: int, similarity: str) -> Scores:
    mine = set(session)
    similar = {}
    for z in newest_sharing(log, session, m):
        theirs = set(log[z])
        shared = len(mine & theirs)
        similar[z] = (
            shared / math.sqrt(len(mine) * len(theirs))
            if similarity == "cosine"
            else shared / len(mine | theirs)
        )
    scores: Scores = {}
    for z, value in nearest(similar, k):
        for item in set(log[z]):
            scores[item] = scores.get(item, 0.0) + value
    return scores


def vsknn(
    log: list[Session],
    session: Session,
    *,
    k: int,
    m: int,
    similarity: str,
    weighting: str | None,
    weighting_score: str | None,
    idf: float | None,
) -> Scores:
    n, mine = len(session), set(session)
    weight = {x: WEIGHT[weighting](n, last_place(session, x)) for x in mine}
    norm = math.sqrt(sum(w * w for w in weight.values()))
    similar = {}
    for z in newest_sharing(log, session, m):
        shared = sum(weight[x] for x in mine & set(log[z]))
        if similarity == "vec":
            similar[z] = shared / len(mine)
        elif norm > 0:
            similar[z] = shared / (norm * math.sqrt(len(set(log[z]))))
    rows: dict[str, int] = {}
    for item in (item for one in log for item in one):
        rows[item] = rows.get(item, 0) + 1
    scores: Scores = {}
    for z, value in nearest(similar, k):
        step = n - max(last_place(session, x) for x in mine & set(log[z])) + 1
        for item in set(log[z]):
            rarity = 1 + (idf or 0.0) * math.log(len(log) / rows[item])
            scores[item] = scores.get(item, 0.0) + value * rarity * DECAY[weighting_score](step)
    return scores


def vmis(
    log: list[Session], session: Session, *, k: int, m: int, max_items: int, idf: float | None
) -> Scores:
    """Without the cut at long sessions: small logs have none that are longer than 99.5 % of all."""
    log = [list(dict.fromkeys(one)) for one in log]
    session = session[-max_items:]
    n, mine = len(session), set(session)
    similar = {
        z: sum(last_place(session, x) for x in mine & set(log[z])) / len(mine)
        for z in newest_sharing(log, session, m)
    }
    all_rows = sum(len(one) for one in log)
    scores: Scores = {}
    for z, value in nearest(similar, k):
        step = n - max(last_place(session, x) for x in mine & set(log[z])) + 1
        for item in log[z]:
            sessions = sum(item in one for one in log)
            rarity = (idf or 0.0) * math.log(all_rows / sessions)
            vote = value * (1 - 0.1 * step if step < 100 else 0.0)
            scores[item] = scores.get(item, 0.0) + vote * (rarity if rarity > 0 else 1.0)
    scores.pop(session[-1], None)
    return scores


def co_visitation(
    log: list[Session],
    session: Session,
    *,
    distance: int,
    last_items: int,
    step_decay: float,
    backward: float,
    item_power: float,
    popularity_power: float,
) -> Scores:
    count: dict[str, int] = {}
    for item in (item for one in log for item in one):
        count[item] = count.get(item, 0) + 1
    scores: Scores = {}
    recent = list(dict.fromkeys(x for x in reversed(session) if x in count))[:last_items]
    for place, anchor in enumerate(recent):
        for one in log:
            for at, item in enumerate(one):
                if item != anchor:
                    continue
                for other, name in enumerate(one):
                    steps = abs(other - at)
                    if name == anchor or steps == 0 or steps > distance:
                        continue
                    pair = (1.0 if other > at else backward) / steps
                    scores[name] = scores.get(name, 0.0) + (
                        step_decay**place * pair / count[anchor] ** item_power
                    )
    return {item: s / (1 + count[item]) ** popularity_power for item, s in scores.items()}


def popularity(events: list[tuple[str, float]], half_life: float | None) -> Scores:
    """Of (item, seconds)."""
    newest = max(time for _, time in events)
    scores: Scores = {}
    for item, time in events:
        fade = 1.0 if half_life is None else 0.5 ** ((newest - time) / half_life)
        scores[item] = scores.get(item, 0.0) + fade
    return scores
