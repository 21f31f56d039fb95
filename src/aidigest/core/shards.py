"""Shards: subscribers and sites in fixed parts, so that workers can share them without a word.

The numbers are in an index of the database: SHARDS changes only with a migration.
"""

import zlib

SHARDS = 32

ALL = tuple(range(SHARDS))


def shard_of_site(site: str) -> int:
    """Return the part that a site, by its name in core.polling.sites, is in on any machine."""
    return zlib.crc32(site.encode()) % SHARDS
