"""Whether books are complete: what is missing, double or in doubt. A blocking finding stops packing."""

from station.completeness.checking import check_book, check_books, count_by_code
from station.completeness.series import find_gaps

__all__ = ["check_book", "check_books", "count_by_code", "find_gaps"]
