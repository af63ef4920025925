"""The register of numbers: every threshold with period, validity and source."""
