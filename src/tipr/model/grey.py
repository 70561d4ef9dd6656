"""A picture without its colour, as the encoder sees it that is to restore it from words."""

from collections.abc import Sequence

from torch import Tensor

LUMINANCE = (0.2989, 0.5870, 0.1140)


def shown(pixels_B3HW: Tensor, colour: str, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Normalised pictures without their colour, (B, 3, H, W), normalised again.

    colour "luminance": the true luminance of the RGB picture; "normalised": grey mixed from
    normalised channels (released); "kept": the picture as it is. `mean` and `std` are those by
    which the pixels were normalised, one a channel.
    """
    if colour == "kept":
        return pixels_B3HW
    if colour == "normalised":
        return _mix(pixels_B3HW).expand_as(pixels_B3HW)
    mean_311 = pixels_B3HW.new_tensor(mean)[:, None, None]
    std_311 = pixels_B3HW.new_tensor(std)[:, None, None]
    return (_mix(pixels_B3HW * std_311 + mean_311) - mean_311) / std_311


def _mix(pixels_B3HW: Tensor) -> Tensor:
    weight = pixels_B3HW.new_tensor(LUMINANCE)[:, None, None]
    return (pixels_B3HW * weight).sum(dim=1, keepdim=True)
