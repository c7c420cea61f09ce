"""Which heading stands for which field: German, English, or said by hand."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import BadFile, Refused


class Field(StrEnum):
    """What a column of an export can tell us. The value is the name used when a heading is mapped by hand."""

    ACCOUNT = "account"
    COMPANY = "company"
    COUNTRY = "country"
    LANGUAGE = "language"
    ZONE = "zone"
    SALUTATION = "salutation"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ADDRESS = "address"
    ROLE = "role"
    MODEL = "model"
    SERIAL = "serial"
    INSTALLED_ON = "installed_on"
    AGREEMENT_UNTIL = "agreement_until"
    NEWSLETTER = "newsletter"
    CONSENTED_ON = "consented_on"
    SOURCE = "source"
    NOTE = "note"
    OWNER = "owner"
    TIER = "tier"
    PHONE = "phone"
    FIRMWARE = "firmware"


DATE_FIELDS = (Field.INSTALLED_ON, Field.AGREEMENT_UNTIL, Field.CONSENTED_ON)

_KNOWN_HEADINGS = {
    Field.ACCOUNT: """Kundennr, Kundennummer, Kunden-Nr, Kunde Nr, Debitor, Debitorennummer, Konto, Kontonummer,
        Account, Account no, Account nr, Account number, Account ID, Customer no, Customer nr,
        Customer number, Customer ID""",
    Field.COMPANY: "Firma, Firmenname, Kundenname, Unternehmen, Company, Company name, Account name, Customer name",
    Field.COUNTRY: "Land, Ländercode, Länderkennzeichen, Country, Country code",
    Field.LANGUAGE: "Sprache, Sprachcode, Language, Language code, Locale",
    Field.ZONE: "Zeitzone, Time zone, TZ",
    Field.OWNER: """Betreuer, Kundenbetreuer, Zuständig, Verantwortlich, Owner, Account owner, Account manager,
        Looked after by""",
    Field.TIER: "Kundenklasse, ABC-Klasse, ABC, Tier, Customer class, Account tier, Customer tier",
    Field.SALUTATION: "Anrede, Salutation, Form of address",
    Field.FIRST_NAME: "Vorname, First name, Given name, Forename",
    Field.LAST_NAME: "Nachname, Name, Familienname, Last name, Surname, Family name",
    Field.ADDRESS: "E-Mail, Mail, E-Mail-Adresse, Mailadresse, E-Mail address, Mail address",
    Field.PHONE: "Telefon, Telefonnummer, Tel, Tel-Nr, Durchwahl, Mobil, Phone, Phone number, Telephone, Mobile",
    Field.ROLE: "Funktion, Rolle, Position, Abteilung, Role, Job title, Function, Department",
    Field.MODEL: "Maschine, Maschinentyp, Typ, Modell, Produkt, Machine, Machine type, Machine model, Model, Product",
    Field.SERIAL: """Seriennummer, Seriennr, Serien-Nr, Maschinennummer, Maschinennr,
        Serial, Serial no, Serial nr, Serial number, S/N""",
    Field.INSTALLED_ON: """Installiert am, Installationsdatum, Inbetriebnahme, Inbetriebnahme am,
        Installed on, Installed, Installation date, Install date""",
    Field.FIRMWARE: """Firmware, Firmwarestand, Firmware-Version, Softwarestand, Softwareversion, Steuerungssoftware,
        Firmware version, Firmware release, Software version, Software release, Control software""",
    Field.AGREEMENT_UNTIL: """Wartungsvertrag bis, Wartungsvertrag, Vertrag bis, Wartung bis,
        Service contract until, Service contract end, Service contract, Maintenance contract until, Maintenance until,
        Contract until, Contract end, Service agreement until, Agreement until""",
    Field.NEWSLETTER: "Newsletter, Opt-in, Newsletter Opt-in, Consent, Einwilligung, Subscribed",
    Field.CONSENTED_ON: """Einwilligung am, Einwilligungsdatum, Datum der Einwilligung,
        Consent date, Consent on, Consented on, Date of consent, Opt-in date""",
    Field.SOURCE: "Quelle, Herkunft, Einwilligung Quelle, Source, Consent source, Opt-in source",
    Field.NOTE: "Notiz, Notizen, Bemerkung, Bemerkungen, Kommentar, Note, Notes, Remark, Remarks, Comment, Comments",
}


def folded(text: str) -> str:
    """Letters and digits only, without case and accents: "Kunden-Nr." and "KUNDENNR" are one heading."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


_FIELD_OF = {folded(known): field for field, all_known in _KNOWN_HEADINGS.items() for known in all_known.split(",")}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row; fields the file does not have are missing from `position`."""

    headings: tuple[str, ...]
    position: Mapping[Field, int]

    def cell(self, cells: tuple[str, ...], field: Field) -> str:
        """The trimmed text of a field, empty where the file has no such column."""
        position = self.position.get(field)
        return "" if position is None else cells[position].strip()

    def heading(self, field: Field) -> str:
        """The heading over a field, as written in the file."""
        return self.headings[self.position[field]]


def find_columns(headings: tuple[str, ...], mapping: Mapping[str, str] | None = None) -> Columns:
    """The fields of a file; `mapping` is {field: heading} and outranks what a heading is known for.

    Raises BadFile where two headings stand for one field or no column holds the account number, and Refused where the
    mapping names a field or heading that does not exist.
    """
    by_hand = _mapped_by_hand(headings, mapping or {})
    found: dict[Field, list[int]] = {}
    for position, heading in enumerate(headings):
        field = _FIELD_OF.get(folded(heading))
        if field and field not in by_hand and position not in by_hand.values():
            found.setdefault(field, []).append(position)
    for field, positions in found.items():
        if len(positions) > 1:
            both = " and ".join(repr(headings[position]) for position in positions)
            raise BadFile(f"{both} both stand for {field}.", hint=f"Say which one it is: {field}=HEADING.")
    places = by_hand | {field: positions[0] for field, positions in found.items()}
    if Field.ACCOUNT not in places:
        raise BadFile(
            f"No column holds the account number. The headings are: {_listed(headings)}.",
            hint="Say which one it is: account=HEADING.",
        )
    return Columns(headings, places)


def _mapped_by_hand(headings: tuple[str, ...], mapping: Mapping[str, str]) -> dict[Field, int]:
    by_hand: dict[Field, int] = {}
    for name, heading in mapping.items():
        if name not in list(Field):
            raise Refused(f"There is no field {name!r}.", hint=f"The fields are: {', '.join(Field)}.")
        positions = [at for at, known in enumerate(headings) if folded(known) == folded(heading) or known == heading]
        exact = [at for at in positions if headings[at] == heading]
        if not positions:
            raise Refused(f"There is no heading {heading!r}.", hint=f"The headings are: {_listed(headings)}.")
        by_hand[Field(name)] = (exact or positions)[0]
    if len(set(by_hand.values())) < len(by_hand):
        raise Refused("One heading is mapped to two fields.", hint="Give each field a heading of its own.")
    return by_hand


def _listed(headings: tuple[str, ...]) -> str:
    listed = ", ".join(heading[:40] for heading in headings[:30])
    return f"{listed} and {len(headings) - 30} more" if len(headings) > 30 else listed
