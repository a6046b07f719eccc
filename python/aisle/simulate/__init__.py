"""A shop of any size with known taste, so that demos and load tests need no data."""

from aisle.simulate.shop import Shop

__all__ = ["Shop"]
