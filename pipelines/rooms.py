"""OUT and a recipe -> the rooms its tables lie in, without the run that made them"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.tables import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    out: str
    buckets: int
    recipe: str
    screened: str = "screen"  # the stage whose samples go on: rewrite, where the recipe has it

    def facts(self, stage: str) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.buckets)

    def decisions(self, stage: str) -> Room:
        return Room(out=self.out, stage=stage, buckets=self.buckets, recipe=self.recipe)
