"""A load balancer as a drawing."""

from __future__ import annotations

from collections.abc import Container
from os import PathLike
from pathlib import Path

from attrs import frozen
from typing_extensions import override

from cloudkit.elb._drawing.mermaid import mermaid_of
from cloudkit.elb._drawing.parts import Arrow, Box
from cloudkit.elb._drawing.svg import svg_of
from cloudkit.errors import InvalidRequest, MissingExtra

_PICTURE = ".svg"
_TEXTS = (".mmd", ".mermaid")
_MARKDOWN = ".md"
_SVG, _MARKDOWN_TYPE, _PLAIN = "image/svg+xml", "text/markdown", "text/plain"


@frozen(repr=False)
class Diagram:
    """A load balancer as it was at one moment, from its clients to its targets.

    It is Mermaid text, which documentation systems draw, and a picture, for which the extra `diagram` is needed. What
    comes from AWS stands in both as text alone, whatever is in it. Notebooks show the picture; without the extra, the
    text.

    Attributes:
        name: The load balancer's name.
        boxes: What is drawn.
        arrows: What leads to what.

    Examples:
        >>> diagram = LoadBalancer("web").diagram()
        >>> print(str(diagram).splitlines()[1])
        flowchart LR
    """

    name: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def mermaid(self) -> str:
        """The drawing as Mermaid text: what stands between the fences of a `mermaid` block in Markdown."""
        return mermaid_of(self.boxes, self.arrows)

    def svg(self) -> str:
        """The drawing as a picture: SVG that can stand in a page or in a file. No request.

        Graphviz, which comes with the extra, places the boxes. It gets their sizes alone, none of their texts.

        Returns:
            An `<svg>` element.

        Raises:
            MissingExtra: The extra `diagram` is not installed.

        Examples:
            >>> LoadBalancer("web").diagram().svg()[:4]
            '<svg'

        AWS: none
        """
        return svg_of(f"Load balancer {self.name}", self.boxes, self.arrows)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the drawing into a file. No request.

        Args:
            path: Its path: `.svg` for the picture, `.mmd` or `.mermaid` for the text, `.md` for the text as a block of
                Markdown. A file that is there is replaced.

        Returns:
            The path.

        Raises:
            InvalidRequest: The name ends otherwise.
            MissingExtra: The extra `diagram` is not installed, and a picture is asked for.

        Examples:
            >>> LoadBalancer("web").diagram().save("web.svg").name
            'web.svg'

        AWS: none
        """
        file = Path(path)
        ending = file.suffix.lower()
        if ending == _PICTURE:
            text = self.svg() + "\n"
        elif ending in _TEXTS:
            text = self.mermaid + "\n"
        elif ending == _MARKDOWN:
            text = self._markdown()
        else:
            endings = ", ".join([_PICTURE, *_TEXTS, _MARKDOWN])
            raise InvalidRequest(
                f"{file.name!r}: a diagram is written into a file whose name ends with {endings}",
                hint=f"save({str(file.with_suffix(_PICTURE))!r})",
            )
        file.write_text(text, encoding="utf-8")
        return file

    def _markdown(self) -> str:
        return f"```mermaid\n{self.mermaid}\n```\n"

    @override
    def __str__(self) -> str:
        return self.mermaid

    @override
    def __repr__(self) -> str:
        return f"<Diagram of {self.name}: {len(self.boxes)} boxes>"

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except MissingExtra:
            return None

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        # One of the two: where both are there, notebooks take the Markdown, which not all of them draw.
        picture = self._repr_svg_()
        shown = {_SVG: picture} if picture is not None else {_MARKDOWN_TYPE: self._markdown()}
        return {
            kind: text
            for kind, text in {**shown, _PLAIN: self.mermaid}.items()
            if (not include or kind in include) and not (exclude and kind in exclude)
        }
