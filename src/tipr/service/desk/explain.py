"""Why a picture was found: the words of a sentence over it."""

from functools import partial

from tipr.encoder.protocol import Explainer
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.inputs import image
from tipr.search.calibration import sample
from tipr.search.explain import Explanation
from tipr.search.explain import explain as laid_over
from tipr.search.pictured import picture_of
from tipr.search.reply import SPREAD
from tipr.search.stored import vectors_of
from tipr.search.terms import check
from tipr.service.desk.desk import Desk
from tipr.service.desk.look import item_of
from tipr.service.guard.caller import Caller


async def explain(desk: Desk, caller: Caller, sentence: str, item: int) -> Explanation:
    """Lay the sentence's words over a picture; see `tipr.search.explain`.

    Raises:
        MissingError: no such picture.
        QueryError: the sentence is blank, too long or no valid text.
        PictureError: the picture's file is gone, broken, or not what was indexed.
        ModelError: the model gives no features of words and patches.
    """
    await desk.admit(caller, "read")
    sentence = check(sentence)
    made = await desk.read(partial(_explained, desk=desk, number=item, sentence=sentence))
    await desk.note(caller, "explain", items=[item], words={"sentence": sentence})
    return made


def _explained(gallery: Gallery, desk: Desk, number: int, sentence: str) -> Explanation:
    picture = picture_of(item_of(gallery, number))
    explainer = desk.explainer_of(gallery)
    pixels = image.fit(picture, explainer.image_size)
    return laid_over(explainer, pixels, sentence, spread=_spread(gallery, explainer, sentence))


def _spread(gallery: Reader, explainer: Explainer, sentence: str) -> float:
    """The standard deviation of the sentence's scores, from an even sample of the gallery."""
    ids_N = gallery.ids("1")
    vectors_SD = vectors_of(gallery, ids_N[sample(len(ids_N), SPREAD)])
    return float((vectors_SD @ explainer.encode_text([sentence])[0]).std())
