"""Cover sheets: a printed page before a book that says which book it is."""
