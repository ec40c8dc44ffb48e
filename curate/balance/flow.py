"""a small network, what its arcs hold -> the largest flow through it, in whole samples, under a budget"""

from __future__ import annotations

from collections import deque

FAR = 1 << 60  # cost of a path that is not there
STEP = 1 << 20  # cost 1; below it hops are counted, so that of paths of the same cost the shortest go first


class Network:
    """Arcs in pairs: 2n and its reverse 2n + 1, whose room is the flow of 2n. Integers of any size; the same arcs added in the same
    order give the same flow. Node 0 is where the flow comes from, node 1 where it goes."""

    def __init__(self, nodes: int) -> None:
        self.out: list[list[int]] = [[] for _ in range(nodes)]
        self.head: list[int] = []
        self.room: list[int] = []
        self.cost: list[int] = []
        self.spent = 0  # cost of all that flows

    def add(self, tail: int, head: int, room: int, *, cost: int = 0, flow: int = 0, least: int = 0) -> int:
        """An arc through which `flow` of `room` goes already, of which `least` stays; its number."""
        number = len(self.head)
        self.out[tail].append(number)
        self.out[head].append(number + 1)
        self.head += [head, tail]
        self.room += [room - flow, flow - least]
        self.cost += [cost, -cost]
        self.spent += cost * flow
        return number

    def augment(self, *, most: int | None = None, budget: int | None = None) -> int:
        """Adds all the flow that still goes through, at most `most`, along paths of ascending cost while the whole cost is within
        `budget`; how much it was. The largest there is for that budget, if what flowed before was as cheap as it could be
        (successive shortest paths: cost is convex in the flow; Ahuja, Magnanti, Orlin: Network Flows, 9.7; blocking flows of Dinic)."""
        added, wanted = 0, FAR if most is None else most
        while added < wanted:
            distance = self._distances()
            if distance[1] >= FAR:
                break
            cost = distance[1] // STEP  # what is left are hops
            room = wanted - added
            if cost > 0 and budget is not None:
                room = min(room, (budget - self.spent) // cost)
            pushed = self._block(distance, room) if room > 0 else 0
            if not pushed:
                break
            added += pushed
            self.spent += pushed * cost
        return added

    def cheapen(self) -> None:
        """Moves what flows to where it costs less, as much of it as before and as much into each last node that has to keep it."""
        while cycle := self._cycle():
            amount = min(self.room[arc] for arc in cycle)
            for arc in cycle:
                self.room[arc] -= amount
                self.room[arc ^ 1] += amount
                self.spent += amount * self.cost[arc]

    def keep(self) -> None:
        """What flows into the last node stays, arc by arc: without that an arc that gets room later could make it cheaper."""
        for arc in self.out[1]:
            self.room[arc] = 0

    def reaching(self) -> list[bool]:
        """Which nodes could send more to where the flow goes, had they more."""
        seen = [False] * len(self.out)
        seen[1], waiting = True, deque([1])
        while waiting:
            for arc in self.out[waiting.popleft()]:
                if self.room[arc ^ 1] > 0 and not seen[self.head[arc]]:
                    seen[self.head[arc]] = True
                    waiting.append(self.head[arc])
        return seen

    def _distances(self) -> list[int]:
        distance = [FAR] * len(self.out)
        distance[0], waiting, queued = 0, deque([0]), [False] * len(self.out)
        while waiting:
            node = waiting.popleft()
            queued[node] = False
            for arc in self.out[node]:
                if self.room[arc] > 0 and (through := distance[node] + self.cost[arc] * STEP + 1) < distance[head := self.head[arc]]:
                    if through % STEP > len(self.out):
                        raise ValueError("what flows is not as cheap as it could be: a path goes in circles")
                    distance[head] = through
                    if not queued[head]:
                        queued[head] = True
                        waiting.append(head)
        return distance

    def _block(self, distance: list[int], most: int) -> int:
        """As much as goes along shortest paths alone: they hold no cycle, since every cycle is longer than nothing."""
        nexts, pushed = [0] * len(self.out), 0
        while pushed < most and (path := self._path(distance, nexts)):
            amount = min(most - pushed, min(self.room[arc] for arc in path))
            for arc in path:
                self.room[arc] -= amount
                self.room[arc ^ 1] += amount
            pushed += amount
        return pushed

    def _path(self, distance: list[int], nexts: list[int]) -> list[int]:
        path: list[int] = []
        node = 0
        while node != 1:
            arcs = self.out[node]
            while nexts[node] < len(arcs):
                arc = arcs[nexts[node]]
                if self.room[arc] > 0 and distance[self.head[arc]] == distance[node] + self.cost[arc] * STEP + 1:
                    break
                nexts[node] += 1
            else:
                if not path:
                    return []
                node = self.head[path.pop() ^ 1]
                nexts[node] += 1
                continue
            path.append(arc)
            node = self.head[arc]
        return path

    def _cycle(self) -> list[int]:
        """A cycle that costs less than nothing, if there is one (Bellman and Ford)."""
        distance, into = [0] * len(self.out), [-1] * len(self.out)
        last = -1
        for _ in self.out:
            last = -1
            for arc, head in enumerate(self.head):
                tail = self.head[arc ^ 1]
                if self.room[arc] > 0 and distance[tail] + self.cost[arc] < distance[head]:
                    distance[head], into[head], last = distance[tail] + self.cost[arc], arc, head
            if last < 0:
                return []
        for _ in self.out:
            last = self.head[into[last] ^ 1]
        cycle: list[int] = []
        node = last
        while not cycle or node != last:
            cycle.append(into[node])
            node = self.head[into[node] ^ 1]
        return cycle
