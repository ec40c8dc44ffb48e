"""Recipes: YAML files that say what makes a corpus -> checked, frozen, ready to be planned by"""

from curate.recipe.load import SCHEMA, RecipeError, load_recipe
from curate.recipe.model import ALL_TASKS, Balance, CorpusPlan, Limits, Matching, Mixture, Recipe, Rewrite, Shards, Tagging, Targets
from curate.recipe.sense import LEAST_RECALL

__all__ = [
    "ALL_TASKS", "LEAST_RECALL", "SCHEMA", "Balance", "CorpusPlan", "Limits", "Matching", "Mixture", "Recipe", "RecipeError", "Rewrite",
    "Shards", "Tagging", "Targets", "load_recipe",
]  # fmt: skip
