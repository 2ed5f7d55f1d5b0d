"""Numbered scripts of `catalogue.db`; see `outbox.migrations`."""
