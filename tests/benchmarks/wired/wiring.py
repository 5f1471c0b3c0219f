"""The container that the file names: a file may add to one, and peers have nothing of the kind."""

from dependency_injector import providers

from predictor_kit import PredictorContainer

__all__ = ["IrisContainer"]


class IrisContainer(PredictorContainer):
    """Declares one thing more, which the predictor does not ask for."""

    labels = providers.Object(("setosa", "versicolor", "virginica"))
