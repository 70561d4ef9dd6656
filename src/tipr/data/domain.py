"""What a model learned from against what it is scored on: another benchmark, or known people?"""

from dataclasses import asdict, dataclass
from typing import Any

FROM_MSMT17 = frozenset({"icfg-pedes", "rstpreid"})
"""Both were drawn from MSMT17 (Wei et al., CVPR 2018), whose identities they number anew."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A benchmark: a key of FORMATS, and the fingerprint of what was read; None = not known."""

    format: str | None = None
    data: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def learned_from(provenance: dict[str, Any]) -> Domain:
    """What a model's provenance (`tipr.encoder.provenance`) says of its training data."""
    found = (provenance.get("format"), provenance.get("data"))
    return Domain(*(value if isinstance(value, str) else None for value in found))


def notes(trained: Domain, scored: Domain) -> list[str]:
    """What whoever reads the scores must know, a line each; nothing where all is as usual."""
    if trained.data is not None and trained.data == scored.data:
        return []
    if trained.format is None:
        return [
            "what this model was trained on is not recorded, so whether it knows these people "
            "cannot be told"
        ]
    if trained.format == scored.format:
        return [
            f"trained on other annotations than these, both in the format {scored.format}; "
            "whether they share people cannot be told"
        ]
    found = [f"cross-domain: trained on {trained.format}, scored on {scored.format}"]
    if {trained.format, scored.format} == FROM_MSMT17:
        found.append(
            "ICFG-PEDES and RSTPReid were both drawn from MSMT17: people of this split may have "
            "been trained on, so these scores may be too high"
        )
    return found
