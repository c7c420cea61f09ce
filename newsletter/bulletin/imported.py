"""A newsletter that exists as HTML, as a bulletin to look over: its words, without the frame of its sender. Pure."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from newsletter.bulletin.fields import Fields, Spoken, as_text
from newsletter.errors import BadBulletin, BadFile
from newsletter.message.from_html import markdown_from_tree
from newsletter.message.html_tree import MOST_INPUT, Node, read_tree

_LONG = 400  # characters; a paragraph that long says more than how to leave
_MOST_TOLD = 100
_LONGEST_TITLE = 200
_SHORTEST_PREHEADER = 5

_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"<html\b[^>]*?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta\b[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_FILLER = re.compile("[\u00a0\u200b-\u200d\u034f\u00ad\u2007\u2060\ufeff\\s]+")
_FIELD = re.compile(
    r"\*\|[A-Z0-9_:]{1,60}\|\*|\[\[[\w .:-]{1,60}\]\]|%%[\w .:-]{1,60}%%|\{\{[^{}\n]{1,80}\}\}|%[A-Z_]{3,40}%"
)

_WAYS_OUT = re.compile(
    r"unsubscri|opt.?out|abmeld|abbestell|austragen|d[ée]sabonn|d[ée]sinscri|darse de baja|cancelar (?:la |a )?"
    r"(?:su|in)scri|disiscri|cancella\w* (?:la tua )?iscrizione|afmeld|uitschrijv|avregistrer|avsluta prenum|"
    r"odhl[aá]si|wypisz|配信停止|退订|إلغاء الاشتراك",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"in (?:your |the )?browser|view (?:it |this \w+ )?online|online.?version|web.?version|im browser|navigateur|"
    r"nel browser|(?:en|no) (?:el |seu )?navegador|in de browser|webbl[äa]sare|przegl[ąa]dar|prohl[íi][žz]e|"
    r"ブラウザ|浏览器|المتصفح|viewinbrowser",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"(?:update|manage|change|edit) (?:your )?(?:email |e-mail )?(?:profile|preferences|subscription)|"
    r"forward (?:this|to a friend)|einstellungen (?:ändern|verwalten)|profil (?:ändern|bearbeiten)|"
    r"g[ée]rer (?:mes|vos) (?:pr[ée]f[ée]rences|abonnements)|/profile\?|/preferences",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"(?:our|unsere|notre) (?:mailing|post|postal)\w*.?(?:address|anschrift|adresse)|"
    r"you (?:are receiving|received|get) this|"
    r"sie (?:erhalten|bekommen) diese|vous recevez ce|recibe este|ricevi questa|je ontvangt deze|u ontvangt deze|"
    r"(?:powered|sent|delivered) (?:by|with) \w+|copyright (?:©|\(c\)|\d)|©\s*(?:copyright )?\d{4}|all rights reserved|"
    r"alle rechte vorbehalten|tous droits r[ée]serv",
    re.IGNORECASE,
)
_TRACKED = re.compile(
    r"https?://[^/]*(?:list-manage\.com|mailchimp|sendgrid\.net|mailgun|hubspot|rs6\.net|cleverreach|sendinblue|brevo|"
    r"mailjet|klaviyo|exacttarget|createsend|emlnk|click\.)[^\s)>]*|https?://[^\s)>]*/track/click[^\s)>]*",
    re.IGNORECASE,
)
_KINDS = {
    "a way to opt out of the former list": _WAYS_OUT,
    "a link to the former page in the browser": _BROWSER,
    "a link to settings at the former provider": _PROFILE,
    "the frame of the former sender": _FRAME,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a newsletter. `images` are (address, words), to be uploaded here; `left_out` says what, and why.

    `look_at` are places that somebody should look at before it is sent.
    """

    title: str
    preheader: str
    language: str
    markdown: str
    images: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    look_at: tuple[str, ...]

    @property
    def source(self) -> str:
        """The bulletin as a file. It has no number yet, so it cannot be sent by mistake."""
        spoken = Spoken(self.language, self.title, self.preheader, self.markdown)
        return as_text(Fields(klass="technical", spoken=(spoken,)))


def read_newsletter(html: str) -> Imported:
    """What a newsletter says. Raises BadBulletin for what is too large or says nothing."""
    tree = read_tree(html)
    preheader = _preheader(tree)
    left_out = [*_without_frame(tree)]
    brought = markdown_from_tree(tree)
    if not brought.markdown.strip():
        raise BadBulletin("There is no text in this HTML.", hint="Choose the file of the newsletter itself.")
    hidden = [told for told in brought.left_out if not (preheader and told.startswith("Text that no reader saw"))]
    title = _title(html, brought.markdown)
    language = _LANGUAGE.search(html)
    images = dict.fromkeys(brought.images)
    return Imported(
        title=title,
        preheader=preheader,
        language=_spelled(language[1]) if language else "en",
        markdown=brought.markdown,
        images=tuple(images),
        left_out=tuple(dict.fromkeys([*left_out, *hidden]))[:_MOST_TOLD],
        look_at=tuple(_worth_a_look(brought.markdown, bool(language), list(images)))[:_MOST_TOLD],
    )


def decoded(octets: bytes) -> str:
    """The text of an HTML file, in the encoding it names. Raises BadFile for what is no text."""
    if len(octets) > 4 * MOST_INPUT:
        raise BadFile("The file is larger than 20 MB.", hint="Images do not belong in it; save the HTML alone.")
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace")
    named = _CHARSET.search(octets[:4096])
    for encoding in ("utf-8-sig", named[1].decode("ascii") if named else "", "cp1252"):
        try:
            text = octets.decode(encoding) if encoding else ""
        except (LookupError, UnicodeError):
            continue
        if text and "\0" not in text:
            return text
    raise BadFile("This file is no HTML text.", hint="Choose the .html file of the newsletter.")


def _title(html: str, markdown: str) -> str:
    found = _TITLE.search(html)
    said = _one_line(unescape(re.sub(r"<[^>]*>", "", found[1][:2_000]))) if found else ""
    heading = re.search(r"^#{1,3} (.+)$", markdown, re.MULTILINE)
    said = said or _one_line(re.sub(r"[*\\]|~~", "", heading[1]) if heading else "")
    said = said[:_LONGEST_TITLE].replace("{{", "{ {")
    return said if any(char.isalnum() for char in said) else "Without a title"


def _preheader(tree: Node) -> str:
    """The first hidden words, which lists of mails show behind the subject."""
    for node in tree.within("div", "span", "p", "td"):
        if node.is_hidden and "mso-list:ignore" not in node.style:
            said = _one_line(_FILLER.sub(" ", node.words))
            if len(said) >= _SHORTEST_PREHEADER:
                return said[:_LONGEST_TITLE].replace("{{", "{ {")
    return ""


def _without_frame(node: Node) -> Iterator[str]:
    """Takes the frame of the former sender out of a tree; what was taken, in words."""
    kept: list[Node | str] = []
    for child in node.children:
        why = _belongs_to_frame(child) if isinstance(child, Node) and not child.is_hidden else ""
        if why and isinstance(child, Node):
            yield f"{why[:1].upper()}{why[1:]}: {child.words[:160]}"
            continue
        if isinstance(child, Node):
            yield from _without_frame(child)
        kept.append(child)
    node.children = kept


def _belongs_to_frame(node: Node) -> str:
    if node.holds_blocks:
        return ""
    if node.tag == "a":
        said = f"{node.words} {node.attrs.get('href', '')}"
        return next(
            (kind for kind, found in _KINDS.items() if kind != "the frame of the former sender" and found.search(said)),
            "",
        )
    words = node.words
    if not words or len(words) > _LONG:
        return ""
    links = " ".join(f"{link.words} {link.attrs.get('href', '')}" for link in node.within("a"))
    for kind, found in _KINDS.items():
        if found.search(words if found is _FRAME else links):
            return kind
    return ""


def _worth_a_look(markdown: str, names_language: bool, images: list[tuple[str, str]]) -> Iterator[str]:  # noqa: FBT001
    if not names_language:
        yield "It names no language; English is assumed."
    for said in dict.fromkeys(found[0] for found in _FIELD.finditer(markdown.replace("\\", ""))):
        yield f"{said} was a field of the former provider: put a merge tag in its place, or take it out."
    for link in dict.fromkeys(found[0] for found in _TRACKED.finditer(markdown)):
        yield f"This link leads through the former provider and will end with them: {link[:120]}"
    for address, words in images:
        if not words.strip():
            yield f"This image says nothing to who cannot see it: {address[:120]}"


def _spelled(language: str) -> str:
    primary, _, rest = language.partition("-")
    return f"{primary.lower()}-{rest}" if rest else primary.lower()


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
