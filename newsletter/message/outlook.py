"""Attributes that Outlook for Windows needs and HTML knows no more, where only Outlook reads them.

Its engine is Word's: it lays out by `align`, `bgcolor`, `cellspacing` and its own `mso-` properties. They stand in a
copy of the start tag within a conditional comment, and everybody else gets the tag without them.
"""

import re

_COMMENT = re.compile(r"(<!--.*?-->)", re.DOTALL)
_START = re.compile(r"<(table|td|th|tr|a|div|img)\b((?:\s+[a-z-]+(?:=\"[^\"]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"\s+([a-z-]+)=\"([^\"]*)\"")
_OBSOLETE = {
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": {"align", "bgcolor", "height", "valign", "vertical-align", "width"},
    "th": {"align", "bgcolor", "valign", "width"},
    "tr": {"align", "bgcolor", "valign"},
    "div": {"align"},
}
_STYLED = {"align": "text-align", "valign": "vertical-align"}
_MSO = re.compile(r"(?:^|(?<=;))\s*mso-[a-z-]+:[^;]*(?:;|$)")


def for_outlook(html: str) -> str:
    """HTML that is inlined already, valid for everybody and with what Outlook needs for Outlook alone."""
    # What stands in a comment is for Outlook already.
    pieces = _COMMENT.split(html)
    return "".join(piece if at % 2 else _START.sub(_twice, piece) for at, piece in enumerate(pieces))


def _twice(found: re.Match[str]) -> str:
    tag, attributes = found[1], dict(_ATTRIBUTE.findall(found[2]))
    obsolete = _OBSOLETE.get(tag, set()).intersection(attributes)
    style = _MSO.sub("", attributes.get("style", ""))
    if not obsolete and style == attributes.get("style", ""):
        return found[0]
    is_said = obsolete == {"align"} and "text-align:" in style
    kept = {name: value for name, value in attributes.items() if name not in obsolete and name != "style"}
    kept |= {"style": _with_styles(tag, style, {name: attributes[name] for name in obsolete})}
    plain = "".join(f' {name}="{value}"' for name, value in kept.items() if value or name != "style")
    if is_said:
        return f"<{tag}{plain}>"
    return f"<!--[if mso]>{found[0]}<![endif]--><!--[if !mso]><!--><{tag}{plain}><!--<![endif]-->"


def _with_styles(tag: str, style: str, obsolete: dict[str, str]) -> str:
    """The style, with what the attributes said that it does not say."""
    said = {name.partition(":")[0].strip() for name in style.split(";")}
    added = {_STYLED[name]: value for name, value in obsolete.items() if name in _STYLED and tag != "table"}
    if tag == "table" and obsolete.get("align") == "center":
        added = {"margin": "0 auto"}
    if "width" in obsolete:
        width = obsolete["width"]
        added["width"] = width if width.endswith("%") else f"{width.removesuffix('px')}px"
    if tag == "table" and obsolete.get("cellspacing") == "0":
        added["border-spacing"] = "0"
    new = [f"{name}:{value}" for name, value in added.items() if name not in said]
    return ";".join([*filter(None, [style.rstrip("; ")]), *new])
