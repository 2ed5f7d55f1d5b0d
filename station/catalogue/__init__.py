"""The catalogue: books, pages and cases of this station. All SQL of `catalogue.db` stands in this package.

One module for each thing that is kept; `Catalogue` is all of them over one connection.
"""

from station.catalogue.books import Books
from station.catalogue.cases import Cases
from station.catalogue.copies import Copies
from station.catalogue.pages import Pages


class Catalogue(Books, Pages, Cases, Copies):
    """One connection to `catalogue.db`, used by one thread. Methods are named by intention and commit by themselves."""


__all__ = ["Catalogue"]
