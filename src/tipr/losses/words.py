"""Word prediction: which words describe this person?"""

from torch import Tensor


def word_loss(logits_BW: Tensor, target_BW: Tensor) -> Tensor:
    """Cross-entropy between predicted and true shares of the words of a vocabulary, in nats.

    Source: learning visual features from the words of captions (Joulin et al., ECCV 2016,
    arXiv 1511.02251), with the softmax over words that Mahajan et al. (ECCV 2018) found better
    than one decision a word.

    `target_BW`: non-negative shares, each row summing to one; a row of zeros (a sentence of
    which no word is in the vocabulary) adds zero. Returns the mean over the rows.
    """
    return -(target_BW * logits_BW.log_softmax(dim=1)).sum(dim=1).mean()
