"""SVG as text: elements whose attributes and texts are escaped, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """`children` that are not markup are escaped; a `_` in an attribute's name stands for `-`, a last one for nothing (`class_`).
    None leaves an attribute out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(child) for child in children)
    # Each part was escaped above; tags and names are our own.
    return Markup(f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>")  # noqa: S704


def number(value: object) -> str:
    """A coordinate to a tenth, which is finer than anybody sees; anything else as it is."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def path(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a line through the points; one point alone is a dot."""
    written = [f"{number(x)} {number(y)}" for x, y in points]
    if len(written) == 1:
        return f"M{written[0]}h.01"
    return "M" + "L".join(written)
