"""Scenes seen from above, drawn from a seed, with the exact place of every animal."""

from training.render.kinds import KINDS
from training.render.landscapes import LANDSCAPES
from training.render.scene import VIEWS, Animal, Scene, render_scene

__all__ = ["KINDS", "LANDSCAPES", "VIEWS", "Animal", "Scene", "render_scene"]
