"""A predictor as Cortex's users write them; what it imports need not be installed."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-not-found, unused-ignore] # pyright: ignore[reportMissingImports]
import numpy as np  # type: ignore[import-not-found, unused-ignore]
import torch  # type: ignore[import-not-found, unused-ignore] # pyright: ignore[reportMissingImports]
from torch import nn  # type: ignore[import-not-found, unused-ignore] # pyright: ignore[reportMissingImports]

logger = logging.getLogger(__name__)
DEVICE = "cuda" if os.environ.get("USE_GPU") else "cpu"


class Encoder(nn.Module):  # type: ignore[misc, unused-ignore]
    """Embeds words and reads them in both directions."""

    def __init__(
        self, words: int, classes: int, size: int = 256, layers: int = 2, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.reader = nn.LSTM(size, size // 2, layers, batch_first=True, bidirectional=True, dropout=dropout)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, classes))

    def forward(self, numbers: Any) -> Any:
        """The logits of each class."""
        read, _ = self.reader(self.embedding(numbers))
        return self.classifier(read.mean(dim=1))


class PythonPredictor:
    """Classifies texts by a model that is kept in a bucket."""

    def __init__(self, config: dict[str, Any], vocabulary: Any, metrics_client: Any) -> None:
        self.classes = config["classes"]
        self.vocabulary = vocabulary
        self.metrics = metrics_client
        self.model = Encoder(len(vocabulary), len(self.classes)).to(DEVICE)
        self.model.load_state_dict(self._state(config["bucket"], config.get("key", "model.pt")))
        self.model.eval()

    def _state(self, bucket: str, key: str) -> dict[str, Any]:
        started = time.perf_counter()
        path = f"/tmp/{Path(key).name}"
        boto3.client("s3").download_file(bucket, key, path)
        logger.info("downloaded s3://%s/%s in %.1f s", bucket, key, time.perf_counter() - started)
        state: dict[str, Any] = torch.load(path, map_location=DEVICE)
        return state

    def predict(self, payload: dict[str, Any], query_params: dict[str, str]) -> dict[str, Any]:
        """The classes of ``payload["texts"]``, most likely first."""
        texts = payload["texts"] if isinstance(payload.get("texts"), list) else [payload["text"]]
        top = int(query_params.get("top", len(self.classes)))
        with torch.no_grad():
            numbers = torch.tensor([self._numbers(text) for text in texts], device=DEVICE)
            scores = torch.softmax(self.model(numbers), dim=-1).cpu().numpy()
        self.metrics.increment("texts", value=len(texts))
        self.metrics.histogram("confidence", float(np.max(scores)))
        return {"predictions": [self._ranked(row, top) for row in scores]}

    def post_predict(self, response: dict[str, Any], payload: dict[str, Any]) -> None:
        """Log what was answered."""
        logger.info(json.dumps({"request": payload.get("id"), "answers": len(response["predictions"])}))

    def _numbers(self, text: str) -> list[int]:
        return [self.vocabulary.number(word) for word in text.split()][:128]

    def _ranked(self, row: Any, top: int) -> list[dict[str, Any]]:
        order = np.argsort(row)[::-1][:top]
        return [{"class": self.classes[index], "score": float(row[index])} for index in order]
