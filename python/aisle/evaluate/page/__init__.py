"""One HTML file that needs nothing else: tables, plots as SVG, sessions to read."""

from aisle.evaluate.page.demo import demo_page
from aisle.evaluate.page.document import Section, html_page

__all__ = ["Section", "demo_page", "html_page"]
