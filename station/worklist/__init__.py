"""The work list: books as the office lists them, and what an earlier phase has done already."""
