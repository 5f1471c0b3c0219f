"""What ``loaded.predict`` costs over ``instance.predict``, in plain Python calls of the same run.

A plain call is a function that hands its arguments on to the next. There are two kinds beside it:
with just the arguments that are given, and with the six parameters of ``loaded.predict``.

By hand, from the checkout: ``python -m tests.benchmarks.predicting``.
"""

from typing import Any

from predictor_kit import LoadedPredictor, load_predictor
from tests.benchmarks.measuring import EMPTY, header, microseconds, show, statement, table

DIRECT = "direct: instance.predict"
LOADED = "**loaded.predict**"
ALIKE = "in {} with its six parameters"


class One:
    """A predictor that names the payload only."""

    def predict(self, payload: object) -> object:
        """Return what came."""
        return payload


class Three:
    """A predictor that names three of the arguments."""

    def predict(self, payload: object, request_id: str, headers: dict[str, str]) -> object:
        """Return what came."""
        return payload


def plain_of_one(instance: One) -> list[Any]:
    """Functions of one argument, each calling the one before, the first the predictor."""

    def first(payload: object) -> object:
        return instance.predict(payload)

    def second(payload: object) -> object:
        return first(payload)

    def third(payload: object) -> object:
        return second(payload)

    return [first, second, third]


def plain_of_three(instance: Three) -> list[Any]:
    """The same with three arguments by name, as they are handed to ``loaded.predict``."""

    def first(payload: object, *, request_id: str, headers: dict[str, str]) -> object:
        return instance.predict(payload, request_id=request_id, headers=headers)

    def second(payload: object, *, request_id: str, headers: dict[str, str]) -> object:
        return first(payload, request_id=request_id, headers=headers)

    def third(payload: object, *, request_id: str, headers: dict[str, str]) -> object:
        return second(payload, request_id=request_id, headers=headers)

    return [first, second, third]


def alike(instance: Any) -> list[Any]:
    """Two functions with the parameters of ``loaded.predict``; the first hands on only the payload."""

    def first(
        payload: Any = None,
        *,
        request_id: Any = None,
        query_params: Any = None,
        headers: Any = None,
        batch_id: Any = None,
        context: Any = None,
    ) -> object:
        return instance.predict(payload)

    def second(
        payload: Any = None,
        *,
        request_id: Any = None,
        query_params: Any = None,
        headers: Any = None,
        batch_id: Any = None,
        context: Any = None,
    ) -> object:
        return first(
            payload,
            request_id=request_id,
            query_params=query_params,
            headers=headers,
            batch_id=batch_id,
            context=context,
        )

    return [first, second]


def measured(loaded: LoadedPredictor[Any], plain: list[Any], arguments: str) -> dict[str, float]:
    """Microseconds of the direct call, of the loaded one, and of one to three plain calls around it."""
    names: dict[str, Any] = {"payload": {"x": 1.0}, "request_id": "1", "headers": {"accept": "json"}}
    same = alike(One())
    runs = {
        EMPTY: statement("pass"),
        DIRECT: statement(f"instance.predict({arguments})", instance=loaded.instance, **names),
        "in 1 plain call": statement(f"first({arguments})", first=plain[0], **names),
        "in 2 plain calls": statement(f"second({arguments})", second=plain[1], **names),
        LOADED: statement(f"loaded.predict({arguments})", loaded=loaded, **names),
        "in 3 plain calls": statement(f"third({arguments})", third=plain[2], **names),
        ALIKE.format(1): statement(f"first({arguments})", first=same[0], **names),
        ALIKE.format(2): statement(f"second({arguments})", second=same[1], **names),
    }
    return microseconds(runs, number=5_000, rounds=200)


def sentence(cost: dict[str, float]) -> str:
    """How much more ``loaded.predict`` costs, in plain calls of both kinds."""
    extra = cost[LOADED] - cost[DIRECT]
    given = (cost["in 3 plain calls"] - cost[DIRECT]) / 3
    six = (cost[ALIKE.format(2)] - cost[DIRECT]) / 2
    return (
        f"loaded.predict costs {extra * 1e3:.0f} ns more than the direct call: {extra / given:.1f} plain "
        f"calls with the arguments given, {extra / six:.1f} with its six parameters.\n"
    )


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit"))
    by_name = "payload, request_id=request_id, headers=headers"
    with load_predictor(One) as one, load_predictor(Three) as three:
        for loaded, plain, arguments in (
            (one, plain_of_one(one.instance), "payload"),
            (three, plain_of_three(three.instance), by_name),
        ):
            cost = measured(loaded, plain, arguments)
            show(table(f"predict({arguments})", "us", cost, DIRECT))
            show(sentence(cost))


if __name__ == "__main__":
    main()
