"""What is told of an image beside its picture: how its pixels are to be shown, its attributes, its organs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, Field

from service.imaging.tag_names import tag_name
from service.usecases.anatomy import Organs, Width
from service.usecases.pixels import Pixels


def pixel_headers(pixels: Pixels) -> dict[str, str]:
    """Return what a viewer needs to show the samples. They are always MONOCHROME2, whatever the file's are."""
    samples, window = pixels.samples, pixels.window
    headers = {
        "X-Rows": str(pixels.rows),
        "X-Columns": str(pixels.columns),
        "X-Bits-Stored": str(samples.bits),
        "X-Photometric-Interpretation": "MONOCHROME2",
        "X-Window-Center": f"{window.center:.9g}",
        "X-Window-Width": f"{window.width:.9g}",
        "X-Voi-Lut-Function": window.function.value,
        "X-Rescale-Slope": f"{samples.slope:.9g}",
        "X-Rescale-Intercept": f"{samples.intercept:.9g}",
    }
    if pixels.spacing_mm is not None:
        headers["X-Pixel-Spacing"] = "\\".join(f"{distance:.9g}" for distance in pixels.spacing_mm)
    if pixels.orientation is not None:
        headers["X-Patient-Orientation"] = "\\".join(pixels.orientation)
    return headers


class TagView(BaseModel):
    """One attribute of a file."""

    tag: str | None = Field(description='Such as "(0018,0060)"; null for what is none of DICOM\'s')
    keyword: str
    name: str
    value: str


class TagsView(BaseModel):
    """The attributes that were kept of a file."""

    image_id: str
    tags: list[TagView]

    @classmethod
    def of(cls, image_id: str, tags: Mapping[str, str]) -> Self:
        """Return the view of an image's attributes, by their numbers."""
        views = [
            TagView(tag=tag_name(keyword)[0], keyword=keyword, name=tag_name(keyword)[1], value=value)
            for keyword, value in tags.items()
        ]
        return cls(image_id=image_id, tags=sorted(views, key=lambda view: (view.tag or "", view.keyword)))


class WidthView(BaseModel):
    """A width to be drawn: a level line, and where it is measured on either side. Points are (x, y) in pixels."""

    line: tuple[tuple[float, float], tuple[float, float]]
    touches: tuple[tuple[float, float], tuple[float, float]]
    pixels: float
    mm: float | None = Field(description="Where the spacing of the pixels is known")

    @classmethod
    def of(cls, width: Width, spacing_mm: tuple[float, float] | None) -> Self:
        """Return the view of a width."""
        return cls(
            line=(width.start, width.end),
            touches=width.touches,
            pixels=width.pixels,
            mm=width.pixels * spacing_mm[1] if spacing_mm else None,
        )


class RatioView(BaseModel):
    """The cardiothoracic ratio."""

    value: float
    error: float = Field(description="Mean absolute error on held-out films")


class OrgansView(BaseModel):
    """Lungs and heart, by the patient's side; boxes are (left, top, right, bottom) in image pixels."""

    image_id: str
    segmenter: str
    organs: dict[str, tuple[float, float, float, float]] = Field(description="right_lung, left_lung, heart")
    heart_width: WidthView | None
    chest_width: WidthView | None
    ratio: RatioView | None
    abstention: str | None = Field(description="Why there is no ratio: ap_view, child, rotated, cut_off, ...")

    @classmethod
    def of(cls, image_id: str, organs: Organs) -> Self:
        """Return the view of an image's organs."""
        return cls(
            image_id=image_id,
            segmenter=organs.segmenter,
            organs={name: (box.x0, box.y0, box.x1, box.y1) for name, box in organs.boxes.items()},
            heart_width=WidthView.of(organs.heart, organs.spacing_mm) if organs.heart else None,
            chest_width=WidthView.of(organs.chest, organs.spacing_mm) if organs.chest else None,
            ratio=RatioView(value=organs.ratio.value, error=organs.ratio.error) if organs.ratio else None,
            abstention=organs.abstention.value if organs.abstention else None,
        )
