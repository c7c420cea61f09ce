"""Topics that somebody ticks anew: a consent comes by double opt-in only, also on a page reached by their own link."""

from collections.abc import Collection

from newsletter.audience.address import Address
from newsletter.audience.person import Person
from newsletter.audience.subscribe import SubscribeForm, ask_to_subscribe
from newsletter.audience.subscribing import AGREEMENT
from newsletter.language import translator
from newsletter.web.house import house
from newsletter.web.public.stranger import caller, office


def ask_again(person_id: int, topic_ids: Collection[int], language: str) -> None:
    """Send the person of a preferences page a letter whose button makes them get these topics."""
    with house().db.read() as session:
        person = session.get_one(Person, person_id)
    form = SubscribeForm(
        address=Address(person.address, person.address_key),
        topic_ids=sorted(topic_ids),
        serial="",
        language=language,
        wording=translator(language).gettext(AGREEMENT).format(vendor=house().config.vendor_name),
        form_url=f"{house().links.base_url}/preferences",
    )
    ask_to_subscribe(house().db, form, caller(), office(), house().clock())
