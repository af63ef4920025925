"""Splink's side of bench/duplicates.py: the same columns, its usual training without labels. Prints one line of JSON."""

import json
import logging
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from duplicates import clustered, load, quality
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

from registry.matching.duplicates.records import Records

COMPARED = ("digits", "code", "credits", "level", "mode", "place", "subject", "years", "step", "marks")


def frame(records: Records) -> pd.DataFrame:
    """The columns as splink wants them; None is unknown."""
    rows, extra = records.rows, records.extra

    def known(values: Any, unknown: Any = 0) -> pd.Series:
        series = pd.Series(np.asarray(values)).astype("object")
        return series.where(pd.Series(np.asarray(values)) != unknown, None)

    def texts(values: list[str]) -> pd.Series:
        return pd.Series([value or None for value in values], dtype="object")

    return pd.DataFrame(
        {
            "unique_id": np.arange(len(records)),
            "source_name": extra["source"].astype(str),
            "block": [f"{home}:{terms}" for home, terms in zip(extra["home"], extra["terms"], strict=True)],
            "name": texts(records.names),
            "title": texts(records.titles),
            "start": texts([title[:6] for title in records.titles]),
            "focus": texts(records.focus),
            "outcomes": texts([text[:60] for text in records.outcomes]),
            "code": texts(records.codes),
            "digits": known(extra["digits"]),
            "credits": pd.Series(rows["credits"]).astype("object").where(~np.isnan(rows["credits"]), None),
            "level": known(rows["level"]),
            "mode": known(extra["online"]),
            "place": known(extra["place"]),
            "marks": known(extra["marks"]),
            "subject": known(rows["subjects"][:, 0], -1),
            "years": known(rows["first"].astype(int) * 100 + rows["last"]),
            "step": known(rows["step"]),
        }
    )


def main() -> None:
    """Train, predict, merge."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    records, truth = load(Path(sys.argv[1]))
    data = frame(records)
    before, wall = time.process_time(), time.perf_counter()
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.96, 0.9, 0.8]),
            cl.JaccardAtThresholds("title", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("focus", [0.95, 0.85]),
            cl.JaroWinklerAtThresholds("outcomes", [0.9]),
            cl.JaroWinklerAtThresholds("code", [0.93]),
            *(cl.ExactMatch(name) for name in COMPARED if name != "code"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("block", "start"),
            block_on("block", "code"),
            block_on("block", "subject", "digits"),
            block_on("block", "subject", "credits"),
        ],
    )
    database = DuckDBAPI()
    feeds = [
        database.register(feed.drop(columns="source_name"), dataset_display_name=f"feed_{name}")
        for name, feed in data.groupby("source_name")
    ]
    linker = Linker(feeds, settings, log_level="CRITICAL")
    linker.training.estimate_probability_two_random_records_match([block_on("block", "code")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("block", "code"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("block", "subject", "digits"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("block", "start"))
    predicted = linker.inference.predict(threshold_match_probability=0.001)
    pairs = predicted.as_pandas_dataframe()[["unique_id_l", "unique_id_r", "match_probability"]]
    cpu, real = time.process_time() - before, time.perf_counter() - wall
    a, b = (pairs[name].to_numpy(dtype=np.intp) for name in ("unique_id_l", "unique_id_r"))
    source = records.extra["source"]
    chance = pairs["match_probability"].to_numpy()
    every = sum(count * (count - 1) // 2 for count in np.bincount(truth).tolist())
    components = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.5).as_pandas_dataframe()
    sets = [frozenset(group) for group in components.groupby("cluster_id")["unique_id"].apply(list) if len(group) > 1]
    print(
        json.dumps(
            {
                "blocking": float((truth[a] == truth[b]).sum() / every),
                "candidates": len(a) / len(records),
                "cpu": cpu,
                "wall": real,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
                "merged": clustered(source, truth, a, b, chance),
                "components": quality(sets, truth),
            }
        )
    )


if __name__ == "__main__":
    main()
