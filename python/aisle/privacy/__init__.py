"""Privacy: pseudonyms of ids, and counts that may leave the shop."""

from aisle.privacy.counts import NoisyCounts, noisy_counts
from aisle.privacy.pseudonyms import pseudonym

__all__ = ["NoisyCounts", "noisy_counts", "pseudonym"]
