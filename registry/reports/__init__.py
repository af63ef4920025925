"""Everyone who answers for figures: national report, statistics, suppression, the front page."""
