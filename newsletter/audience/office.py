from dataclasses import dataclass

from newsletter.links import Links
from newsletter.post.wording import Writer
from newsletter.tokens import Signer


@dataclass(frozen=True, slots=True)
class Office:
    """Where letters are written: in whose name, and who makes the links in them."""

    house: Writer
    links: Links

    @property
    def signer(self) -> Signer:
        """The keys of links, and of what is kept of the erased."""
        return self.links.signer
