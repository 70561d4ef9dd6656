import numpy as np
import pytest
from tests.near import D, people, some

from tipr.gallery.centres import learned_centres, nearest_centres, principal_axes


def test_centres_lie_amidst_people():
    vectors, _ = people(12, 50)
    centres = learned_centres(vectors, 12)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1.0, rtol=1e-5)
    near, anywhere = ((vectors @ each.T).max(axis=1).mean() for each in (centres, some(12, 9)))
    assert near > 0.8 > 0.6 > anywhere
    np.testing.assert_array_equal(centres, learned_centres(vectors, 12))


def test_each_centre_is_followed_by_the_nearest_that_is_left():
    centres = learned_centres(some(400), 30)
    for number in range(len(centres) - 1):
        left = centres[number + 1 :] @ centres[number]
        assert left[0] == pytest.approx(left.max(), abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_there_are_as_many_centres_as_asked_for(count):
    assert learned_centres(some(7), count).shape == (count, D)


def test_the_nearest_centre_is_that_of_the_largest_product():
    rows, centres = some(20_000).astype(np.float16), some(9, 1)
    expected = (rows.astype(np.float64) @ centres.T.astype(np.float64)).argmax(axis=1)
    np.testing.assert_array_equal(nearest_centres(rows, centres), expected)


@pytest.mark.parametrize(
    ("variance", "axes"), [(0.5, 32), (0.98, 64), (0.999, 96)], ids=["half", "most", "nearly all"]
)
def test_axes_hold_the_variance_that_is_asked_for(variance, axes):
    rng = np.random.default_rng(0)
    scale = np.r_[np.full(20, 3.0), np.full(20, 1.0), np.full(40, 0.12), np.full(48, 0.01)]
    turn = np.linalg.qr(rng.normal(size=(128, 128)))[0]
    sample = (5 + rng.normal(size=(4000, 128)) * scale @ turn).astype(np.float32)
    found = principal_axes(sample, variance)
    assert found.shape == (axes, 128)
    np.testing.assert_allclose(found @ found.T, np.eye(axes), atol=1e-4)
    around = sample - sample.mean(axis=0)
    assert ((around @ found.T) ** 2).sum() / (around**2).sum() > variance


@pytest.mark.parametrize("sample", [some(0), np.repeat(some(1), 5, axis=0)], ids=["none", "equal"])
def test_without_variance_all_axes_are_kept(sample):
    axes = principal_axes(sample, 0.95)
    assert axes.shape == (D, D)
    np.testing.assert_allclose(axes @ axes.T, np.eye(D), atol=1e-5)
