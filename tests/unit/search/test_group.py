import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.conftest import ROOT

from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.search import group, stored
from tipr.search.group import Grouping, Sights, alike, groups

NEAR, FAR = [1, 0.1], [0, 1]  # cosine of [1] with NEAR: 0.995; with FAR: 0
USUAL = Grouping()


def grouped(gallery, *rows):
    """Groups of the pictures numbered from 0, as they are named in the tests."""
    ids = np.array(rows) + 1
    return [[rows[place] for place in group] for group in groups(gallery, ids, USUAL)]


def test_near_duplicates_are_one_whatever_the_camera(fill, shot):
    looks = [0b1111, 0b1110, 0b1111 << 20, 0b1111, 0, 0]
    shots = [
        shot(NEAR if number % 2 else [1], look=look, camera=f"{number}", time_s=number * 1e6)
        for number, look in enumerate(looks)
    ]
    assert grouped(fill(shots), 0, 1, 2, 3, 4, 5) == [[0, 1, 2, 3], [4], [5]]


def test_hashes_or_cosines_that_differ_too_much_are_two(fill, shot):
    gallery = fill(
        [
            shot([1], look=1),
            shot([1], look=1 | 0xFF << 8),  # 8 other bits
            shot([1], look=2 | 0xFF << 30),  # 10
            shot(FAR, look=1),
            shot([1], look=-(2**63) | 1),  # the sign is a bit like any other
        ]
    )
    assert grouped(gallery, 3, 0, 1, 2, 4) == [[3], [0, 1, 4], [2]]


def test_equal_pixels_are_one_even_without_a_hash(fill, shot):
    gallery = fill([shot([1], content=b"a"), shot(FAR, content=b"a"), shot([1]), shot([1])])
    assert grouped(gallery, 0, 2, 1, 3) == [[0, 1], [2], [3]]


def test_a_track_is_chained_past_one_camera(fill, shot):
    gallery = fill(
        [
            shot([1], camera="gate", time_s=0),
            shot(NEAR, camera="gate", time_s=20),
            shot([1], camera="gate", time_s=10),
            shot([1], camera="gate", time_s=30.1),
            shot([1], camera="yard", time_s=10),
            shot(FAR, camera="gate", time_s=10),
            shot([1], camera="gate"),
            shot([1], time_s=10),
        ]
    )
    rest = [[3], [4], [5], [6], [7]]
    assert grouped(gallery, 0, 1, 2, 3, 4, 5, 6, 7) == [[0, 1, 2], *rest]
    assert grouped(gallery, 0, 1, 3, 4, 5, 6, 7) == [[0], [1], *rest]  # the link is not there


def test_a_video_is_a_track_and_two_boxes_of_a_frame_are_two_people(fill):
    gallery = fill([])
    unit = np.eye(12, dtype=np.float32)[0]
    here = Facts(camera="gate", time_ms=0)
    two = [Shot(vector=unit, part=f"0/{n}", frame_ms=0, facts=here) for n in range(2)]
    still = [Shot(vector=unit, part=f"{n}", box=(n, 0, n + 1, 1)) for n in range(2)]
    film = [Shot(vector=unit, part=f"{ms}", frame_ms=ms) for ms in (0, 8000, 30000, 18000)]
    for name, shots in (("two", two), ("still", still), ("film", film)):
        gallery.add(ROOT, [Reading(file=File(name, 1, 1), shots=tuple(shots))])
    assert grouped(gallery, 0, 1, 2, 3) == [[0], [1], [2], [3]]
    assert grouped(gallery, 4, 5, 6) == [[4, 5], [6]]
    assert grouped(gallery, 6, 5, 4, 7) == [[6], [5, 4, 7]]


def test_only_hits_in_doubt_have_their_vectors_read(fill, shot, monkeypatch):
    gallery = fill([shot([1], camera="gate", time_s=time) for time in (0, 100, 105, 200)])
    read = []

    def vectors_of(gallery, ids):
        read.append(ids.tolist())
        return stored.vectors_of(gallery, ids)

    monkeypatch.setattr(group, "vectors_of", vectors_of)
    assert grouped(gallery, 0, 3) == [[0], [3]]
    assert read == []
    assert grouped(gallery, 3, 2, 0, 1) == [[3], [2, 1], [0]]
    assert read == [[3, 2]]


def test_nothing_is_no_group(fill, shot):
    assert groups(fill([shot(0)]), np.array([], np.int64), USUAL) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_grouping_equals_a_slow_union_of_pairs(data):
    count = data.draw(st.integers(1, 12))

    def draw(values):
        return data.draw(st.lists(values, min_size=count, max_size=count))

    camera = draw(st.sampled_from([-1, 0, 1]))
    time = draw(st.sampled_from([None, 0.0, 6.0, 12.0, 50.0]))
    file = draw(st.integers(0, 3))
    frame = draw(st.sampled_from([None, 0.0, 5.0, 40.0]))
    content = draw(st.sampled_from([-1, -1, 0, 1]))
    look = draw(st.sampled_from([0, 1, 3, 2**64 - 1]))
    angle = draw(st.sampled_from([0.0, 0.2, 0.5, 1.5]))
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)

    def one_appearance(i, j):
        cosine = float(np.cos(angle[i] - angle[j]))
        if content[i] == content[j] >= 0:
            return True
        bits = bin(look[i] ^ look[j]).count("1")
        if look[i] and look[j] and bits <= 8 and cosine >= 0.95:
            return True
        if file[i] == file[j] and frame[i] == frame[j]:
            return False
        near = camera[i] == camera[j] >= 0 and None not in (time[i], time[j])
        near = near and abs(time[i] - time[j]) <= 10
        film = file[i] == file[j] and None not in (frame[i], frame[j])
        film = film and abs(frame[i] - frame[j]) <= 10
        return (near or film) and cosine >= 0.85

    known = Sights(
        np.array(file),
        np.array(camera),
        np.array([np.nan if value is None else value for value in time]),
        np.array([np.nan if value is None else value for value in frame]),
        np.array(content),
        np.array(look, np.uint64),
    )
    found = alike(known, lambda rows: vectors[rows], USUAL)
    for i in range(count):
        for j in range(i + 1, count):
            assert found[i, j] == found[j, i] == one_appearance(i, j)


@pytest.mark.parametrize("seed", range(5))
def test_connected_components_equal_a_slow_merge(seed):
    from tipr.search.group import _connected

    rng = np.random.default_rng(seed)
    links = np.triu(rng.random((30, 30)) < 0.04, 1)
    label = list(range(30))
    for i, j in zip(*np.nonzero(links), strict=True):
        old, new = max(label[i], label[j]), min(label[i], label[j])
        label = [new if value == old else value for value in label]
    slow = [[row for row in range(30) if label[row] == one] for one in dict.fromkeys(label)]
    assert list(_connected(links | links.T)) == slow
