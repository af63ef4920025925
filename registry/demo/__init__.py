"""The demonstration year: invented offers, runs, applications and plans at real institutions, made from a seed.

Everything is marked ``is_demo``; offers' keys begin with "demo-". Nothing here is meant for a registry in use.
"""

from registry.demo.fill import DemoResult, fill

__all__ = ["DemoResult", "fill"]
