"""What difference between two rates a comparison can find at all. Pure.

Source: J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd edition (2003),
section 4.3, without continuity correction.
"""

from math import sqrt

_Z_ERROR, _Z_POWER = 1.959964, 0.841621  # 5 % error on both sides, 80 % power


def detectable(rate: float, each: int) -> float | None:
    """By how much a share must exceed `rate` to be told from it in 4 of 5 comparisons of so many people `each`.

    None where no share is large enough.
    """
    low, high = 0.0, 1.0 - rate
    if each < 1 or not _is_found(rate, high, each):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if _is_found(rate, middle, each) else (middle, high)
    return high


def _is_found(rate: float, gain: float, each: int) -> bool:
    other, middle = rate + gain, rate + gain / 2
    noise = _Z_ERROR * sqrt(2 * middle * (1 - middle)) + _Z_POWER * sqrt(rate * (1 - rate) + other * (1 - other))
    return gain * sqrt(each) >= noise
