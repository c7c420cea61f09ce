"""Setting a public page in the reader's language: one answer, style inside, no script."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from gettext import NullTranslations
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from babel.dates import format_date
from flask import Flask, Response, current_app, make_response, render_template, request
from markupsafe import Markup, escape

from newsletter.language import LANGUAGES, direction, negotiate, translator
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.public.watch import SHOWN, stamp

_STYLE = "newsletter public style"
_FORM = re.compile(r'<form method="post"[^>]*>')


@dataclass(frozen=True)
class Style:
    """The sheet that stands in every public page, and the hash by which our own policy lets it."""

    text: str

    @cached_property
    def source(self) -> str:
        """The sheet's source expression in a Content-Security-Policy."""
        return f"'sha256-{base64.b64encode(sha256(self.text.encode()).digest()).decode()}'"


def install(app: Flask) -> None:
    """Read the sheet of an application's public pages."""
    folder = Path(str(app.template_folder)) / "public"
    lines = (folder / "style.css").read_text(encoding="utf-8").splitlines()
    app.extensions[_STYLE] = Style("".join(line.strip() for line in lines))


def language(*wishes: str) -> str:
    """The language of this answer: the one asked for in the address, then the wishes, then the browser's."""
    return negotiate(request.args.get("lang", ""), *wishes, *request.accept_languages.values())


def page(template: str, spoken: str, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    """A public page in a language we speak. Its template gets `_`, `day` and what is `shown`."""
    style: Style = current_app.extensions[_STYLE]
    headers.allow(style_src=style.source, img_src="data:", script_src="'none'", connect_src="'none'")
    asked_for = request.args.get("lang", "") in LANGUAGES
    body = render_template(
        f"public/{template}",
        _=_Speaker(translator(spoken)),
        day=lambda at: format_date(at, "long", locale=spoken),
        language=spoken,
        languages=LANGUAGES,
        direction=direction(spoken),
        keep_language=f"?lang={spoken}" if asked_for else "",
        style=Markup(style.text),  # noqa: S704 - our own sheet, read from the templates' folder
        vendor=house().config.vendor_name,
        contact_link=_mail_link(house().config.reply_address),
        **shown,
    )
    answer = make_response(_FORM.sub(_stamped(stamp()), body), status)
    answer.content_language = [spoken]
    return answer


def _stamped(shown: str) -> Callable[[re.Match[str]], str]:
    # Here and not in each template, so that no form is without it.
    return lambda form: f'{form[0]}<input type="hidden" name="{SHOWN}" value="{shown}">'


def _mail_link(address: str) -> Markup:
    return Markup('<a href="mailto:{0}">{0}</a>').format(address)


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Speaks a sentence in one language; what is put into it is escaped and kept from turning its direction."""

    translations: NullTranslations

    def __call__(self, text: str, **put: object) -> Markup:
        isolated = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in put.items()}
        return escape(self.translations.gettext(text)).format(**isolated)
