"""Text to numbers: what the predictor beside it asks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

WORD = re.compile(r"\w+|[^\w\s]", re.UNICODE)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass
class Vocabulary:
    """The words that the model knows, each with its number."""

    path: str
    lowercase: bool = True
    special: tuple[str, ...] = SPECIAL
    numbers: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        words = [*self.special, *self._lines()]
        self.numbers = {word: number for number, word in enumerate(words)}

    def _lines(self) -> Iterator[str]:
        for line in Path(self.path).read_text(encoding="utf-8").splitlines():
            word = line.strip()
            if word and not word.startswith("#"):
                yield word.lower() if self.lowercase else word

    def __len__(self) -> int:
        return len(self.numbers)

    def number(self, word: str) -> int:
        """The number of ``word``, or that of what is unknown."""
        return self.numbers.get(word.lower() if self.lowercase else word, self.numbers["[UNK]"])


class Tokenizer:
    """Cuts text into words and pads what comes of it."""

    def __init__(self, vocabulary: Vocabulary, max_length: int = 128, strip_accents: bool = False) -> None:
        self.vocabulary = vocabulary
        self.max_length = max_length
        self.strip_accents = strip_accents

    def __call__(self, texts: Iterable[str]) -> list[list[int]]:
        return [self._padded([self.vocabulary.number(word) for word in self._words(text)]) for text in texts]

    def _words(self, text: str) -> list[str]:
        if self.strip_accents:
            parts = unicodedata.normalize("NFD", text)
            text = "".join(part for part in parts if unicodedata.category(part) != "Mn")
        return ["[CLS]", *WORD.findall(text)[: self.max_length - 2], "[SEP]"]

    def _padded(self, numbers: list[int]) -> list[int]:
        return numbers + [self.vocabulary.number("[PAD]")] * (self.max_length - len(numbers))
