"""XML, as S3 writes and reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from starlette.responses import Response

from localcloud.api.errors import ApiError
from localcloud.api.r2.s3 import errors

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Node = tuple[str, "str | Sequence[Node]"]
"""An element's name with its text or its children."""


def document(name: str, children: Sequence[Node], *, plain: bool = False) -> Response:
    """`plain`: without S3's namespace, as errors are."""
    root = ET.Element(name, {} if plain else {"xmlns": NAMESPACE})
    _fill(root, children)
    content = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(content, media_type="application/xml")


def _fill(element: ET.Element, children: Sequence[Node]) -> None:
    for name, value in children:
        child = ET.SubElement(element, name)
        if isinstance(value, str):
            # What XML cannot hold cannot be told either; clients that expect it ask for keys to be URL-encoded.
            child.text = _NO_XML.sub("\ufffd", value)
        else:
            _fill(child, value)


def refusal(error: ApiError, resource: str) -> Response:
    children: list[Node] = [
        ("Code", errors.name_of(error)),
        ("Message", error.details[0].message),
        ("Resource", resource),
    ]
    response = document("Error", children, plain=True)
    response.status_code = error.status
    return response


def parsed(content: bytes, name: str) -> ET.Element:
    """The root, of this name; names are without their namespace. Raises `ApiError` 10043."""
    if b"<!" in content:
        raise errors.BAD_XML()
    try:
        root = ET.fromstring(content)  # noqa: S314 (as above)
    except ET.ParseError as error:
        raise errors.BAD_XML() from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != name:
        raise errors.BAD_XML()
    return root
