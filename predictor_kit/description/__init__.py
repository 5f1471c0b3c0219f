"""What a wiring comes to, told before it is built: what depends on what, and where all of it comes from.

===========  ==================================================================
model        nodes, arguments and links, as plain data
source       what Python source has written
origins      where providers, arguments and config values come from
scopes       how often there is an object of a provider
walk         the description of a spec
trees        lines drawn as a tree
diagrams     a description as text, for Mermaid and Graphviz, as JSON
explanation  one parameter or provider of a description
===========  ==================================================================
"""

from predictor_kit.description.diagrams import FORMATS
from predictor_kit.description.explanation import explained
from predictor_kit.description.model import Description
from predictor_kit.description.walk import describe

__all__ = ["FORMATS", "Description", "describe", "explained"]
