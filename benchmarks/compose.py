"""Composes growing piles of invented entries: how long, and how it grows."""

import argparse
import resource
from time import perf_counter

from aidigest.core.stories.story import build_stories
from aidigest.settings import load_settings, shipped
from invented import FEEDS, NOW, entries


def main() -> None:
    """Print a line for each pile."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sizes", type=int, nargs="*", default=[1_000, 3_000, 10_000])
    topics = load_settings(shipped("config").parent, {}).topics
    feeds = {feed.url: feed for feed in FEEDS}
    print("entries   stories   seconds   entries/s   peak MB")
    for size in arguments.parse_args().sizes:
        pile = entries(size)
        began = perf_counter()
        stories = build_stories(pile, feeds=feeds, topics=topics, now=NOW, language="en")
        took = perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rate = size / took
        print(f"{size:>7,}   {len(stories):>7,}   {took:>7.2f}   {rate:>9,.0f}   {peak:>7.0f}")


if __name__ == "__main__":
    main()
