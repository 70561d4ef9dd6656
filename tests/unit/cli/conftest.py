"""What tests of several verbs share."""

import pytest

import tipr.encoder


@pytest.fixture
def loaded(monkeypatch, make_encoder) -> list[tuple[str, str, str]]:
    """The command line's encoders are fakes; the list tells which were asked for."""
    calls: list[tuple[str, str, str]] = []

    def load(model, *, device="auto", precision="auto", bulk=False):
        calls.append((str(model), device, precision))
        return make_encoder()

    monkeypatch.setattr(tipr.encoder, "load_encoder", load)
    return calls
