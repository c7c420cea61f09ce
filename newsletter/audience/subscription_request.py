from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base

OPEN_FOR = timedelta(days=14)
"""How long the link in the letter works, and so how long an address that nobody confirmed is kept."""

TRACES_KEPT = timedelta(days=30)
"""How long it is kept from which network and with which program something was asked and confirmed."""


class SubscriptionRequest(Base):
    """Somebody typed an address. Nobody is subscribed by it: that takes the button behind the link in the letter.

    Once confirmed it is the proof of the consents that name it (GDPR Art. 7(1)): `wording` is what the form showed, in
    `language`. Unconfirmed it is deleted after OPEN_FOR; networks and agents are emptied after TRACES_KEPT.
    """

    __tablename__ = "subscription_request"
    __table_args__ = (
        Index("ix_subscription_request_address", "address_key"),
        Index("ix_subscription_request_asked", "asked_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str]
    topics: Mapped[str]  # ids of topics, "3,5"
    serial: Mapped[str] = mapped_column(default="")  # the machine they say is theirs, as they typed it
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # where a former reader named them
    language: Mapped[str]
    source: Mapped[str]  # "subscribe page"
    wording_version: Mapped[int]
    wording: Mapped[str]
    form_url: Mapped[str]
    letter_key: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_network: Mapped[str]
    asked_agent: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    confirmed_network: Mapped[str] = mapped_column(default="")
    confirmed_agent: Mapped[str] = mapped_column(default="")
    confirmed_in_haste: Mapped[bool] = mapped_column(default=False)  # sooner than anybody reads a mail
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    @property
    def topic_ids(self) -> tuple[int, ...]:
        """The topics they chose."""
        return tuple(int(topic) for topic in self.topics.split(","))
