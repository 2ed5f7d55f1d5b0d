"""The catalogue: books, pages and cases of this station. All SQL of `catalogue.db` stands in this package.

One module for each thing that is kept; `Catalogue` is all of them over one connection.
"""

from station.catalogue.amending import Amending
from station.catalogue.bags import Bags
from station.catalogue.books import Books
from station.catalogue.cases import Cases
from station.catalogue.copies import Copies
from station.catalogue.exclusions import Exclusions
from station.catalogue.feeds import Feeds
from station.catalogue.fields import Fields
from station.catalogue.fingerprints import Fingerprints
from station.catalogue.foreign import Foreign
from station.catalogue.holdings import Holdings
from station.catalogue.operators import Operators
from station.catalogue.spreads import Spreads
from station.catalogue.stacks import Stacks


class Catalogue(
    Books,
    Spreads,
    Cases,
    Amending,
    Copies,
    Feeds,
    Stacks,
    Fields,
    Exclusions,
    Bags,
    Holdings,
    Fingerprints,
    Foreign,
    Operators,
):
    """One connection to `catalogue.db`, used by one thread. Methods are named by intention and commit by themselves."""


__all__ = ["Catalogue"]
