"""Tables that others made, Excel, OpenDocument and CSV, read safely into rows of text with their places."""

from station.tables.headers import Header, find_header
from station.tables.model import BadCell, Row, Table, column_letters, rows_told
from station.tables.reading import ReadLimits, read_tables
from station.tables.values import read_date, typed_date, whole_number

__all__ = [
    "BadCell",
    "Header",
    "ReadLimits",
    "Row",
    "Table",
    "column_letters",
    "find_header",
    "read_date",
    "read_tables",
    "rows_told",
    "typed_date",
    "whole_number",
]
