"""A run's restoration decoder, asked again: a grey, partly hidden picture and words -> colours.

Towers and decoder are those of the run's last step, for they learned together. The settings
decide what is seen (grey or not, how much is hidden) as they did in training.

Shape legend: N pictures, H x W pixels, L patches, p pixel values of a patch, T tokens.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tipr.config import ModelConfig, RestorationConfig
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer, pad
from tipr.model.decoder import Words
from tipr.model.grey import shown
from tipr.model.masking import Hidden, hide, hide_as_released
from tipr.model.sen import SEN
from tipr.model.text import words_of
from tipr.model.vision import patchify
from tipr.runtime import Runtime

MAT = (222, 214, 200)
"""What stands for a hidden patch in pictures to look at: a tone that no grey picture has."""

Pixels = NDArray[np.uint8]


class Task(NamedTuple):
    """Pictures with some patches hidden: what the model sees, and what it must paint.

    seen_N3HW and colour_NLp are normalised; the latter is the truth, patch by patch.
    """

    seen_N3HW: Tensor
    colour_NLp: Tensor
    hidden: Hidden


class Painter:
    """Hides patches of pictures, and asks the decoder for their colours."""

    def __init__(
        self,
        network: SEN,
        tokenizer: Tokenizer,
        model: ModelConfig,
        restoration: RestorationConfig,
        runtime: Runtime,
    ) -> None:
        """`network` has a decoder; it is moved to the runtime's device."""
        self._network = network.to(runtime.device)
        self._tokenizer = tokenizer
        self._model = model
        self._restoration = restoration
        self._runtime = runtime

    def task(self, pixels_NHWC: Pixels, noise_NL: NDArray[np.float32]) -> Task:
        """Hide the patches of largest noise, as many as in training, and take the colour away."""
        config = self._model.image
        normalised = image.normalise(pixels_NHWC, config.mean, config.std)
        pixels = torch.from_numpy(normalised).to(self._runtime.device)
        noise = torch.from_numpy(noise_NL).to(self._runtime.device)
        choose = hide_as_released if self._restoration.count == "released" else hide
        return Task(
            shown(pixels, self._restoration.colour, config.mean, config.std),
            patchify(pixels, self._model.vision.patch),
            choose(noise, self._restoration.ratio),
        )

    def paint(self, task: Task, sentences: Sequence[str] | None) -> Tensor:
        """(N, L, p) predicted normalised pixels; without sentences the decoder is told nothing."""
        with torch.inference_mode(), self._runtime.autocast():
            words = None if sentences is None else self._words(sentences)
            seen = task.seen_N3HW.to(self._runtime.weights)
            return self._network.restore(seen, task.hidden, words).float()

    def errors(self, task: Task, painted_NLp: Tensor) -> NDArray[np.float64]:
        """(N,) mean squared error of the normalised pixels that training asks back."""
        asked_NL = task.hidden.asked_BL
        error_NL = (painted_NLp - task.colour_NLp).square().mean(dim=2)
        error_N = torch.where(asked_NL, error_NL, 0.0).sum(dim=1) / asked_NL.sum(dim=1)
        return error_N.cpu().double().numpy()

    def hidden_colour(self, task: Task, painted_NLp: Tensor) -> NDArray[np.float64]:
        """(N, 3) mean red, green and blue, 0 to 1, of what was painted on hidden patches."""
        hidden_NL = task.hidden.hidden_BL
        sums_Np = torch.where(hidden_NL[..., None], painted_NLp, 0.0).sum(dim=1)
        means_Np = sums_Np / hidden_NL.sum(dim=1, keepdim=True)
        colour_N3 = means_Np.unflatten(1, (-1, 3)).mean(dim=1).cpu().double().numpy()
        return colour_N3 * np.array(self._model.image.std) + np.array(self._model.image.mean)

    def look(self, task: Task, painted_NLp: Tensor) -> Pixels:
        """What the model saw, with what it painted in place of the hidden patches."""
        hidden_NL1 = task.hidden.hidden_BL[..., None]
        seen_NLp = patchify(task.seen_N3HW, self._model.vision.patch)
        return self._view(torch.where(hidden_NL1, painted_NLp, seen_NLp))

    def masked(self, task: Task) -> Pixels:
        """What the model saw; hidden patches are in the colour `MAT`."""
        config = self._model.image
        mat = (np.array(MAT) / 255 - np.array(config.mean)) / np.array(config.std)
        tile_p = torch.from_numpy(np.tile(mat, task.colour_NLp.shape[2] // 3)).float()
        return self.look(task, tile_p.to(task.colour_NLp.device).expand_as(task.colour_NLp))

    def _view(self, patches_NLp: Tensor) -> Pixels:
        planes_N3HW = unpatchify(patches_NLp, self._model.grid, self._model.vision.patch)
        config = self._model.image
        return image.view(planes_N3HW.float().cpu().numpy(), config.mean, config.std)

    def _words(self, sentences: Sequence[str]) -> Words:
        length, masks = self._model.text.length, self._restoration.mask_padding
        ids = [self._tokenizer.ids(sentence, length) for sentence in sentences]
        ids_NT = torch.from_numpy(pad(ids, 0 if masks else length)).to(self._runtime.device)
        tokens = self._network.encode_text(ids_NT, padding_too=not masks).tokens_BLD
        return Words(tokens, words_of(ids_NT) if masks else None)


def unpatchify(patches_NLp: Tensor, grid: tuple[int, int], patch: int) -> Tensor:
    """(N, 3, H, W): the inverse of `tipr.model.vision.patchify`."""
    rows, columns = grid
    tiles = patches_NLp.unflatten(2, (patch, patch, 3)).unflatten(1, (rows, columns))
    return tiles.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)
