"""A real sshd for tests, ended with the test."""

from outbox.destinations.loopback_sshd import LoopbackSshd

__all__ = ["LoopbackSshd"]
