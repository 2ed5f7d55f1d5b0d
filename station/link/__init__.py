"""The scans of a book against the Ministry's records, or a workbook that somebody typed."""
