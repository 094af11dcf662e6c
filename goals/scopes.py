"""Whose rows a goal counts: everybody's, those of one clone, or those of a team's clones. Pure; numpy arrays.

What is counted by clone is spread over all the scopes at once: place 0 is the company, then each clone, then each team.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
COMPANY, CLONE, TEAM = 0, 1, 2


@dataclass(frozen=True)
class Scopes:
    """The clones of a tenant, each with its team's name ("": none)."""

    team_of: Mapping[UUID, str]
    _clones: dict[UUID, int] = field(init=False)
    _teams: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        clones = {clone: place for place, clone in enumerate(self.team_of, 1)}
        names = sorted({team for team in self.team_of.values() if team})
        object.__setattr__(self, "_clones", clones)
        object.__setattr__(self, "_teams", {name: place for place, name in enumerate(names, 1 + len(clones))})

    def __len__(self) -> int:
        return self.clones + len(self._teams)

    @property
    def clones(self) -> int:
        """How many places sums by clone have: one for each, and one for nobody."""
        return 1 + len(self._clones)

    def place(self, clone: UUID | None, team: str) -> int | None:
        """Where a scope's numbers stand; None for a clone or team that has gone."""
        if clone is not None:
            return self._clones.get(clone)
        return self._teams.get(team) if team else 0

    def places_of(self, clones: Sequence[UUID | None]) -> NDArray[np.int64]:
        """For each row's clone its place among the clones; 0 for a row that names none."""
        known = self._clones
        return np.fromiter((known.get(clone, 0) if clone else 0 for clone in clones), np.int64, len(clones))

    @property
    def levels(self) -> NDArray[np.int64]:
        """For each scope whether it is the company, a clone or a team."""
        return np.repeat([COMPANY, CLONE, TEAM], [1, len(self._clones), len(self._teams)])

    def spread(self, by_clone: Numbers) -> Numbers:
        """Sums by clone (place 0: of nobody) along the first axis as sums by scope."""
        found = np.zeros((len(self), *by_clone.shape[1:]))
        found[0] = by_clone.sum(axis=0)
        found[1 : self.clones] = by_clone[1:]
        teams, clones = self._members
        np.add.at(found, teams, by_clone[clones])
        return found

    @cached_property
    def _members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The place of each clone's team, and the clone's own."""
        pairs = [(self._teams[team], place) for clone, place in self._clones.items() if (team := self.team_of[clone])]
        told = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return told[:, 0], told[:, 1]

    def sums(self, clones: NDArray[np.int64], weights: Numbers) -> Numbers:
        """What each scope has in all of rows that name a clone by its place."""
        by_clone: Numbers = np.bincount(clones, weights, minlength=self.clones).astype(float)
        return self.spread(by_clone)
