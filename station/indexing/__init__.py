"""Typing what the pages say into the fields of their cases: what may be typed, by whom, and what counts in the end.

Fields hold personal data: nothing here writes a value into a log, an error or a sentence. Screens use `desk.Desk` for
reading and typing, `columns.Field` for what to ask, and `values.error_of` to judge a field while it is typed.
"""
