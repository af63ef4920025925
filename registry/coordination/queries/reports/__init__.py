"""What is told as of any date: overlaps and duplicates, runs at risk, small subjects, coverage, what came and went."""
