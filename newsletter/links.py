"""Every address we hand out, built from the configured base URL only: a Host header never shapes a link."""

from dataclasses import dataclass

from newsletter.errors import BadToken
from newsletter.tokens import Purpose, Signer


@dataclass(frozen=True, slots=True)
class OptOutLink:
    """What an opt-out link says. `delivery_id` is 0 where no copy led there."""

    person_id: int
    topic_id: int
    delivery_id: int


@dataclass(frozen=True, slots=True)
class DoneLink:
    """What the link of a safety bulletin says: this person tells that this copy's advice was followed."""

    person_id: int
    delivery_id: int


@dataclass(frozen=True, slots=True)
class Links:
    """`base_url` without a trailing slash, e.g. `https://news.vendor.example`."""

    base_url: str
    signer: Signer

    def opt_out(self, link: OptOutLink) -> str:
        """The page and the RFC 8058 one-click address: one URL, GET shows, POST acts."""
        return f"{self.base_url}/leave/{self.opt_out_token(link)}"

    def done(self, link: DoneLink) -> str:
        """The page where the reader of a copy says that its advice was followed."""
        return f"{self.base_url}/done/{self.signer.sign(Purpose.ACKNOWLEDGE, link.person_id, link.delivery_id)}"

    def read_done(self, token: str) -> DoneLink:
        """What such a token says. Raises BadToken."""
        return DoneLink(*self.signer.numbers(Purpose.ACKNOWLEDGE, token, 2))

    def opt_out_token(self, link: OptOutLink) -> str:
        """The token alone."""
        return self.signer.sign(Purpose.OPT_OUT, link.person_id, link.topic_id, link.delivery_id)

    def read_opt_out(self, token: str) -> OptOutLink:
        """What a token says. Raises BadToken."""
        return OptOutLink(*self.signer.numbers(Purpose.OPT_OUT, token, 3))

    def return_path(self, delivery_id: int, domain: str) -> str:
        """The envelope sender of one copy (VERP): a bounce to it names the copy and cannot be forged."""
        return f"bounce+{self.signer.sign_caseless(Purpose.RETURN_PATH, delivery_id)}@{domain}"

    def read_return_path(self, local_part: str) -> int:
        """The delivery a return path was made for. Raises BadToken."""
        mailbox, _, token = local_part.partition("+")
        if mailbox.lower() != "bounce":
            raise BadToken("This return path is not ours.")
        return self.signer.numbers_caseless(Purpose.RETURN_PATH, token, 1)[0]
