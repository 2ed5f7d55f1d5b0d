"""Training: a station for practice, whose books can never be taken for real ones, and lessons to practise with."""
