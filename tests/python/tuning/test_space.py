"""How one writes what is to be tuned, and what is refused."""

import pytest

import aisle
from aisle.tuning import Choice, Range, default_space
from aisle.tuning.recipes import NAMES, params_of, recipe_of
from aisle.tuning.space import domain_of
from aisle.tuning.spaces import BY_BASKETS, SPACES, read_space


def test_every_model_has_a_space_within_its_parameters_or_is_for_baskets() -> None:
    for name, kind in aisle.models.all_models().items():
        if name in BY_BASKETS:
            continue
        params = kind().get_params()
        assert SPACES[name].keys() <= params.keys(), name
    assert not SPACES.keys() - aisle.models.all_models().keys()


@pytest.mark.parametrize("name", sorted(SPACES))
def test_the_defaults_of_a_model_lie_within_its_space(name: str) -> None:
    one = read_space(name)[name]
    assert one.start.keys() == one.domains.keys()
    made = one.make(one.start).get_params()
    for param, value in aisle.models.all_models()[name]().get_params().items():
        assert made[param] == value or (value is None and made[param] == 0), param


def test_the_defaults_of_a_recipe_are_the_default_strategy() -> None:
    one = read_space("recipe")["recipe"]
    assert one.start.keys() == one.domains.keys()
    assert one.make(one.start).strategy == aisle.Strategy()


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ((1, 5), Range(1, 5)),
        ((0.5, 2), Range(0.5, 2)),
        ([1, None, "a"], Choice([1, None, "a"])),
        (7, Choice([7])),
        (None, Choice([None])),
        (Range(1, 10, log=True), Range(1, 10, log=True)),
    ],
)
def test_what_one_writes_becomes_a_domain(said: object, domain: object) -> None:
    assert domain_of("k", said) == domain


def test_whole_ends_make_whole_numbers_and_choices_tell_true_from_one() -> None:
    assert Range(1, 5).whole
    assert 2.5 not in Range(1, 5)
    assert 2.5 in Range(1.0, 5)
    assert True not in Range(0, 5)
    assert True not in Choice([1, 0])
    assert Choice([1, True]).label_of(True) == "true"
    assert Choice([None, ("view", "cart")]).like(["view", "cart"]) == ("view", "cart")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Range(5, 1), "from low to high, got 5 to 1"),
        (lambda: Range(0, 10, log=True), "begins above 0, got 0"),
        (lambda: Range("a", 10), "low of a range must be a finite number, got 'a'"),
        (lambda: Choice([]), "at least one value"),
        (lambda: Choice([object()]), "choices are texts"),
        (lambda: domain_of("SKNN.k", (1, 2, 3)), r"SKNN.k: a tuple is a range"),
        (lambda: read_space({}), "the space is empty"),
        (lambda: read_space([]), "the space is empty"),
        (lambda: read_space({"SKNN": {}}), "the space of SKNN is empty"),
        (lambda: read_space({"SKNN": 3}), "a dict of parameters, got 3"),
        (lambda: read_space("STEN"), "did you mean 'STAN'"),
        (lambda: read_space({"SKNN": {"sampel_size": (1, 2)}}), "did you mean 'sample_size'"),
        (lambda: read_space({"recipe": {"kn.quota": (1, 2)}}), "did you mean 'knn.quota'"),
        (lambda: read_space(["SKNN", aisle.models.SKNN]), "names SKNN twice"),
        (lambda: read_space(["recipe", "SKNN"]), "in two calls"),
        (lambda: read_space("TIFUKNN"), "answers for baskets"),
        (lambda: read_space(3), "a space is a model"),
        (lambda: default_space("BuyAgain"), "BuyAgain"),
    ],
)
def test_a_wrong_space_is_refused_with_the_way_out(wrong: object, words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        wrong()


def test_an_instance_keeps_its_other_parameters() -> None:
    one = read_space({aisle.models.STAN(lambda_snh=None): {"k": (10, 20)}})["STAN"]
    made = one.make({"k": 12})
    assert (made.k, made.lambda_snh) == (12, None)


def test_a_recipe_keeps_the_rest_of_its_strategy() -> None:
    base = aisle.Strategy(sources={"knn": 50, "trending": 20}, filter="price < 5", novelty=0.2)
    known = params_of(base)
    assert (known["knn"], known["rules"], known["trending.quota"]) == (True, False, 20)
    assert known.keys() <= set(NAMES)
    made = recipe_of(base, {"trending": False, "knn.weight": 2.0, "return_below": 0.02}).strategy
    assert made == aisle.Strategy(
        sources={"knn": {"quota": 50, "weight": 2.0}},
        filter="price < 5",
        novelty=0.2,
        exclude={"return_below": 0.02},
    )
    with pytest.raises(aisle.ConfigError, match="no source is on"):
        recipe_of(base, {"trending": False, "knn": False})
    with pytest.raises(aisle.ConfigError, match="scorer must be"):
        recipe_of(base, {"scorer": "tree"})


def test_the_fixed_scorer_stands_in_the_strategy_and_trees_beside_it() -> None:
    fixed = recipe_of(aisle.Strategy(), {"scorer": "fixed"})
    assert fixed.scorer == "auto"
    assert fixed.strategy.weights["return_rate"] == 4.5
    assert recipe_of(aisle.Strategy(), {"scorer": "trees"}).scorer == "trees"
