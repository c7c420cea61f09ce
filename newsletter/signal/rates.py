"""What is assumed of machines and of people: how fast machines end, what silence means, how often answers are wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates behind a probability. `learn.learned` fits them to the answers at hand; these are where it begins.

    `ends`: how fast machines that are ten years old go out of use, a year; `ageing`: with which power of their age that
    grows (0: not at all). A judgement: machine tools, pumps and packaging lines are written off over 10 to 15 years and
    last 15 to 25, and what breaks a machine is wear as often as the fate of the plant around it.
    `unheard`: how likely a machine is used of which nothing was heard for ever. An even chance: it may have ended, or
    be one of the many whose owners never had a reason to write.
    `silence`: how much faster a machine is given up, a year, when there was no sign of it for `patience` years. Not at
    all, unless the answers say otherwise: most machines never give a sign.
    `mistaken`: what share of answers is wrong, by a slip, to be rid of us, or from somebody who does not know.
    """

    ends: float = 0.09
    ageing: float = 0.5
    unheard: float = 0.5
    silence: float = 0.0
    patience: float = 1.0
    mistaken: float = 0.04


RATES = Rates()
