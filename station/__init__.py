"""The station: register knowledge, capture, cases, bags and the headless command."""

__version__ = "0.1.0"
