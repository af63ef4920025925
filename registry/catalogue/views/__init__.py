"""The catalogue's pages, and what machines read of it."""

from registry.catalogue.views.machines import machine
from registry.catalogue.views.pages import NAVIGATION, pages

__all__ = ["NAVIGATION", "blueprints"]

blueprints = (pages, machine)
