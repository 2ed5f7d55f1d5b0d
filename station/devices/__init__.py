"""The devices of a station: which are here, which is meant, what each can do, and what is asked of it."""
