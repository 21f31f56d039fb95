"""Average-link clustering of a sparse graph."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Two clusters that became one, and how alike their members were on average."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How much alike two clusters must be on average to become one."""

    single: float  #: Where one of them is a single member.
    groups: float  #: Where both have more: each may be an event of its own in one topic.

    def between(self, one: Sequence[int], other: Sequence[int]) -> float:
        """Return what these two must reach."""
        return self.single if len(one) == 1 or len(other) == 1 else self.groups


def average_link(
    start: Iterable[tuple[int, ...]], pairs: Mapping[tuple[int, int], float], threshold: Threshold
) -> tuple[list[tuple[int, ...]], list[Link]]:
    """Join the two clusters that are most alike, until none reach the threshold.

    The average over all pairs of members decides, and a pair that is not in
    *pairs* counts as 0: so a cluster never grows along a chain of neighbours.
    Of equals, the pair with the lowest members goes first.

    Returns:
        The clusters, each in order, and the links in the order they were made.
    """
    clusters = [tuple(sorted(members)) for members in sorted(start)]
    sums = _sums(clusters, pairs)
    heap = [
        entry
        for here, row in enumerate(sums)
        for there in row
        if here < there and (entry := _candidate(clusters, sums, here, there, threshold))
    ]
    heapq.heapify(heap)
    alive, links = set(range(len(clusters))), []
    while heap:
        similarity, _, _, here, there = heapq.heappop(heap)
        if here not in alive or there not in alive:
            continue
        links.append(Link(clusters[here], clusters[there], -similarity))
        merged = _merge(clusters, sums, here, there)
        alive -= {here, there}
        alive.add(merged)
        for other in sums[merged]:
            entry = _candidate(clusters, sums, merged, other, threshold)
            if entry is not None:
                heapq.heappush(heap, entry)
    return sorted(clusters[place] for place in alive), links


def _sums(
    clusters: Sequence[tuple[int, ...]], pairs: Mapping[tuple[int, int], float]
) -> list[dict[int, float]]:
    """Return for each cluster how alike its members and those of others are in sum."""
    home = {member: place for place, members in enumerate(clusters) for member in members}
    sums: list[dict[int, float]] = [{} for _ in clusters]
    for (one, other), alike in sorted(pairs.items()):
        here, there = home[one], home[other]
        if here != there:
            sums[here][there] = sums[here].get(there, 0.0) + alike
            sums[there][here] = sums[here][there]
    return sums


def _candidate(
    clusters: list[tuple[int, ...]],
    sums: list[dict[int, float]],
    here: int,
    there: int,
    threshold: Threshold,
) -> tuple[float, int, int, int, int] | None:
    """Return what puts two clusters in the order of joining; None where they are not alike."""
    one, other = clusters[here], clusters[there]
    average = sums[here][there] / (len(one) * len(other))
    if average < threshold.between(one, other):
        return None
    return (-average, min(one[0], other[0]), max(one[0], other[0]), here, there)


def _merge(
    clusters: list[tuple[int, ...]], sums: list[dict[int, float]], here: int, there: int
) -> int:
    """Append the union of two clusters and move their sums to it; return its place."""
    merged = len(clusters)
    clusters.append(tuple(sorted(clusters[here] + clusters[there])))
    row: dict[int, float] = {}
    for old in (here, there):
        for other, alike in sums[old].items():
            sums[other].pop(old, None)
            if other not in {here, there}:
                row[other] = row.get(other, 0.0) + alike
    for other, alike in row.items():
        sums[other][merged] = alike
    sums.append(row)
    return merged
