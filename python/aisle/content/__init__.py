"""What items are, as vectors: new items are found beside their like before anybody saw them."""

from aisle.content.model import ContentModel

__all__ = ["ContentModel"]
