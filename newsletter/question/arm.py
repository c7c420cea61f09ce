"""Who is asked in which of two wordings. Pure."""

from hashlib import sha256


def is_in_second(experiment_id: int, person_id: int, share: int) -> bool:
    """Whether a person is asked in the second wording of an experiment, which `share` per cent of all people are.

    A hash and no draw: nothing is written when a page is shown, the same person always reads the same, and two
    experiments part the same people differently.
    """
    digest = sha256(f"wording experiment {experiment_id}, person {person_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 < share << 64
