"""The model as JSON and back, number for number: detection keeps what it has learnt, and pages ask that."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from registry.coordination.forecast.demand import Curves, Demand
from registry.coordination.forecast.fate import Custom, Histories
from registry.coordination.forecast.model import Model


def to_json(model: Model) -> dict[str, Any]:
    """Nested by the parts of the model; arrays as lists, horizons as text."""
    found: dict[str, Any] = _plain(asdict(model))
    return found


def from_json(kept: Mapping[str, Any]) -> Model:
    """The model that was kept."""
    return Model(
        Demand(**kept["demand"]),
        Curves(
            np.array(kept["curves"]["national"]),
            {group: np.array(curve) for group, curve in kept["curves"]["by_group"].items()},
        ),
        Custom(**kept["custom"]),
        Histories(**kept["histories"]),
        {int(horizon): np.array(layer) for horizon, layer in kept["layers"].items()},
        kept["pace_nation"],
        kept["pace_groups"],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value
