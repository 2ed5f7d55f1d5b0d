"""How long to wait before the next attempt: full jitter, so that stations cut off together come back apart."""

from random import Random

BASE_S = 5.0
CAP_S = 600.0
_LARGEST_EXPONENT = 16  # beyond it the cap has long decided; keeps the power a small number


def delay_s(failures: int, rng: Random, base_s: float = BASE_S, cap_s: float = CAP_S) -> float:
    """Anything between nothing and `base * 2^(failures - 1)`, capped; `failures` counts from 1."""
    exponent = min(max(failures - 1, 0), _LARGEST_EXPONENT)
    return rng.uniform(0.0, min(cap_s, base_s * 2.0**exponent))
