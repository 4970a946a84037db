"""A merchant's drawing, taken apart and written anew from a short list of what a drawing needs; refused with line and
reason if it holds anything that runs, loads, animates or hides.

Foreign data that drawing programs leave behind (their own namespaces, comments, metadata) is dropped without a word.
Source: SVG 1.1 and 2, the elements and presentation attributes that logos use. Parser: expat; a document type
declaration is refused, and with it every entity.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from tracking.platform.errors import InputError

MAX_BYTES: Final = 64 * 1024
MAX_ELEMENTS: Final = 2000
MAX_DEPTH: Final = 24
_SVG: Final = "http://www.w3.org/2000/svg"


class BadDrawing(InputError):
    """This drawing cannot be taken."""

    code = "bad_drawing"
    http_status = 422

    def __init__(self, reason: str, line: int = 0, what: str = "") -> None:
        """`reason`: a key of REASONS; `line` from 1, 0 for the whole; `what`: the name it is about."""
        self.reason, self.line, self.what = reason, line, what
        said = REASONS[reason].format(what=what)
        super().__init__(f"Line {line}: {said}" if line else said)


REASONS: Final = {
    "empty": "There is no drawing in it.",
    "too_large": "It is larger than 64 KB.",
    "too_many": "It has more than 2000 parts.",
    "too_deep": "Its groups lie too deep in one another.",
    "not_xml": "It is not well-formed XML.",
    "not_svg": "It is not an SVG drawing.",
    "doctype": "A document type declaration is not allowed.",
    "instruction": "A processing instruction is not allowed.",
    "element": "The element “{what}” is not allowed.",
    "attribute": "The attribute “{what}” is not allowed.",
    "value": "The value of “{what}” is not allowed.",
    "no_size": "It has neither a viewBox nor a width and a height.",
}

# each digit can be read in one way only, so that no text makes these slow
_NUMBER: Final = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_LENGTH = re.compile(rf"\s*{_NUMBER}(?:px|pt|%)?\s*", re.IGNORECASE)
_NUMBERS = re.compile(r"[\d\s.,eE+%-]*")
_PATH = re.compile(r"[MmZzLlHhVvCcSsQqTtAaEe0-9\s.,+-]*")
_TRANSFORM = re.compile(r"\s*(?:(?:matrix|translate|scale|rotate|skewX|skewY)\s*\([\d\s.,eE+-]*\)[\s,]*)*")
_REFERENCE = r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)"
_PAINT = re.compile(
    rf"\s*(?:[a-z]{{3,24}}|#[0-9a-f]{{3,8}}|(?:rgb|hsl)a?\([\d\s.,%/]+\)|{_REFERENCE})\s*",
    re.IGNORECASE,
)
_POINTER = re.compile(rf"\s*(?:none|{_REFERENCE})\s*")
_LOCAL = re.compile(r"#[\w.-]+")
_WORD = re.compile(r"[A-Za-z-]{1,32}")
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,80}")

_GEOMETRY: Final = dict.fromkeys(
    ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "offset"), _LENGTH
)
_ATTRIBUTES: Final[dict[str, re.Pattern[str]]] = {
    **_GEOMETRY,
    **dict.fromkeys(("stroke-width", "stroke-dashoffset", "stroke-miterlimit"), _LENGTH),
    **dict.fromkeys(("opacity", "fill-opacity", "stroke-opacity", "stop-opacity"), _LENGTH),
    **dict.fromkeys(("fill", "stroke", "stop-color", "color"), _PAINT),
    **dict.fromkeys(("clip-path", "mask"), _POINTER),
    **dict.fromkeys(("transform", "gradientTransform"), _TRANSFORM),
    **dict.fromkeys(
        (
            "fill-rule",
            "clip-rule",
            "stroke-linecap",
            "stroke-linejoin",
            "display",
            "visibility",
            "vector-effect",
            "gradientUnits",
            "clipPathUnits",
            "maskUnits",
            "maskContentUnits",
            "spreadMethod",
            "paint-order",
            "shape-rendering",
            "mask-type",
            "isolation",
            "mix-blend-mode",
        ),
        _WORD,
    ),
    "d": _PATH,
    "points": _NUMBERS,
    "viewBox": _NUMBERS,
    "stroke-dasharray": re.compile(rf"none|{_NUMBERS.pattern}"),
    "preserveAspectRatio": re.compile(r"[A-Za-z ]{1,40}"),
    "id": _NAME,
}
_ELEMENTS: Final = frozenset(
    {
        *("svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "title", "desc"),
    }
)
# left behind by drawing programs or meant for readers: of no use to a picture, and harmless
_DROPPED_ELEMENTS: Final = frozenset({"metadata", "title", "desc"})
_DROPPED_ATTRIBUTES: Final = re.compile(
    r"class|role|focusable|version|baseProfile|enable-background|overflow|tabindex|aria-[a-z]+|data-[\w.-]+|font-[a-z]+"
    r"|text-[a-z]+|letter-spacing|word-spacing|line-height|white-space"
)


@dataclass
class _Part:
    name: str
    attributes: dict[str, str]
    children: list["_Part"] = field(default_factory=list)


class _Reader:
    """Builds the tree of what is allowed; raises at the first thing that is not."""

    def __init__(self) -> None:
        self.root: _Part | None = None
        self._open: list[_Part] = []
        self._count = 0
        self._dropped = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = lambda *_given: self._refuse("doctype")
        self._parser.EntityDeclHandler = lambda *_given: self._refuse("doctype")
        self._parser.ProcessingInstructionHandler = lambda *_given: self._refuse("instruction")

    def read(self, raw: bytes) -> _Part:
        """raises  BadDrawing"""
        try:
            self._parser.Parse(raw, True)
        except expat.ExpatError as error:
            raise BadDrawing("not_xml", error.lineno) from None
        except (UnicodeError, LookupError, ValueError):
            raise BadDrawing("not_xml") from None
        if self.root is None:
            raise BadDrawing("not_svg")
        return self.root

    def _refuse(self, reason: str, what: str = "") -> None:
        raise BadDrawing(reason, self._parser.CurrentLineNumber, what[:40])

    def _start(self, full: str, given: dict[str, str]) -> None:
        namespace, _, name = full.rpartition(" ")
        self._count += 1
        if self._count > MAX_ELEMENTS:
            self._refuse("too_many")
        if self._dropped or (self._open and self._is_foreign(namespace, name)):
            self._dropped += 1
            return
        if namespace != _SVG or (not self._open and name != "svg"):
            self._refuse("not_svg" if not self._open else "element", name)
        if name not in _ELEMENTS or (self._open and name == "svg"):
            self._refuse("element", name)
        if len(self._open) >= MAX_DEPTH:
            self._refuse("too_deep")
        part = _Part(name, self._attributes(given))
        if self._open:
            self._open[-1].children.append(part)
        else:
            self.root = part
        self._open.append(part)

    def _end(self, _full: str) -> None:
        if self._dropped:
            self._dropped -= 1
        else:
            self._open.pop()

    @staticmethod
    def _is_foreign(namespace: str, name: str) -> bool:
        if namespace == _SVG:
            return name in _DROPPED_ELEMENTS
        # what a browser would run stays a reason to refuse
        return "xhtml" not in namespace and "MathML" not in namespace and bool(namespace)

    def _attributes(self, given: dict[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for full, value in given.items():
            namespace, _, name = full.rpartition(" ")
            if namespace and "xlink" not in namespace:
                continue
            if name == "style" and not namespace:
                kept |= self._style(value)
            elif name == "href":
                # a gradient may take its stops from another one of the same drawing
                if not _LOCAL.fullmatch(value):
                    self._refuse("value", name)
                kept["href"] = value
            elif namespace or _DROPPED_ATTRIBUTES.fullmatch(name):
                continue
            else:
                self._keep(kept, name, value)
        return kept

    def _style(self, value: str) -> dict[str, str]:
        """Declarations as attributes; properties that draw nothing are left out, unknown ones refused."""
        kept: dict[str, str] = {}
        for declaration in value.split(";"):
            name, colon, said = declaration.partition(":")
            name = name.strip()
            if not colon or name.startswith("-") or _DROPPED_ATTRIBUTES.fullmatch(name):
                continue
            self._keep(kept, name, said.strip())
        return kept

    def _keep(self, kept: dict[str, str], name: str, value: str) -> None:
        pattern = _ATTRIBUTES.get(name)
        if pattern is None:
            self._refuse("attribute", name)
        elif not pattern.fullmatch(value):
            self._refuse("value", name)
        kept[name] = " ".join(value.split())


def clean(raw: bytes) -> str:
    """The drawing, written anew.

    raises  BadDrawing with line and reason
    """
    if not raw.strip():
        raise BadDrawing("empty")
    if len(raw) > MAX_BYTES:
        raise BadDrawing("too_large")
    root = _Reader().read(raw.lstrip() if raw[:3] != b"\xef\xbb\xbf" else raw)
    if "viewBox" not in root.attributes:
        size = [re.match(_NUMBER, root.attributes.get(side, "").strip()) for side in ("width", "height")]
        if not all(size):
            raise BadDrawing("no_size")
        root.attributes["viewBox"] = f"0 0 {' '.join(found.group() for found in size if found)}"
    for name in ("width", "height", "x", "y"):
        root.attributes.pop(name, None)
    if not _draws(root):
        raise BadDrawing("empty")
    return _written(root, top=True)


def _draws(part: _Part) -> bool:
    return part.name in {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"} or any(
        _draws(child) for child in part.children
    )


def _written(part: _Part, *, top: bool = False) -> str:
    own = f' xmlns="{_SVG}"' if top else ""
    attributes = "".join(f" {escape(name)}={quoteattr(value)}" for name, value in part.attributes.items())
    inner = "".join(_written(child) for child in part.children)
    return f"<{part.name}{own}{attributes}>{inner}</{part.name}>" if inner else f"<{part.name}{own}{attributes}/>"
