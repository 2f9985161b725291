"""A flipping film by hand: its frames, its areas, and its files, read back by somebody else."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from lrpwidgets.errors import InputError
from lrpwidgets.render import apng, film_files, film_frames
from lrpwidgets.render.film import Film, Track, limit_of, quantised

PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
GONE = 255 - PICTURE
VIEW = {
    "step": 1, "method": "lrp", "removal": "neutral", "score": "logit", "speed": 4.0, "cmap": "seismic",
    "pixelated": None,
}  # fmt: skip


def track(rank, scores, *, method="lrp", top=None, maps=None, steps=(0,), frames=None):
    values = np.empty((0, 4, 4), np.int16) if maps is None else maps
    pictures = np.empty((0, 4, 4, 3), np.uint8) if frames is None else frames
    return Track(
        method=method,
        removal="neutral",
        scores={"logit": np.array(scores, np.float64)},
        top=np.array([0] * len(scores) if top is None else top, np.int32),
        picked=np.arange(len(scores) - 1),
        rank=np.asarray(rank, np.uint16),
        maps=values,
        scales=np.full(len(values), 0.5),
        map_steps=np.array(steps[: len(values)], np.int32),
        limit=1.0,
        frames=pictures,
        frame_steps=np.array([0, 2][: len(pictures)], np.int32),
    )


def film(*tracks, recomputed=False, total=4):
    words = {"target": "<b>cat</b>", "order": "most", "notes": ["a note"]}
    return Film(PICTURE, {"neutral": GONE}, tracks, recomputed, total, True, words, {0: "cat", 1: "dog"})


@pytest.fixture
def quarters():
    """Blocks of 2 x 2 that go one after another, row by row; the last one is not known yet."""
    rank = np.kron([[1, 2], [3, 0]], np.ones((2, 2), int))[None]
    return track(rank, [4, 2, 1, 0], top=[0, 0, 1, 0], maps=np.full((1, 4, 4), 1, np.int16))


def test_a_frame_has_what_went_replaced_and_nothing_else(quarters):
    shown = film(quarters)
    for step in range(4):
        expected = PICTURE.copy()
        for block in range(step):
            row, column = divmod(block, 2)
            area = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            expected[area] = GONE[area]
        np.testing.assert_array_equal(shown.seen(quarters, step), expected)
    assert shown.next(quarters, 0)[:2, :2].all()
    assert shown.next(quarters, 0).sum() == 4
    assert not shown.next(quarters, 3).any(), "what goes after the last known step is not known"


def test_channels_may_go_one_by_one():
    rank = np.zeros((3, 4, 4), int)
    rank[1, 0, 0] = 1
    one = track(rank, [1, 0])
    seen = film(one).seen(one, 1)
    assert seen[0, 0].tolist() == [PICTURE[0, 0, 0], GONE[0, 0, 1], PICTURE[0, 0, 2]]
    assert (seen.reshape(-1, 3)[1:] == PICTURE.reshape(-1, 3)[1:]).all()


def test_areas_are_trapezoids_over_steps(quarters):
    assert quarters.auc("logit") == pytest.approx((3 + 1.5 + 0.5) / 3)
    assert quarters.auc("logit", 2) == pytest.approx((3 + 1.5) / 2)
    assert quarters.auc("logit", 0) == 4
    assert quarters.change == 2
    assert track(quarters.rank, [1, 0], top=[0, -1]).change is None, "an unknown class is no other class"


def test_a_first_map_is_grey_where_removed_and_a_recomputed_one_is_the_latest(quarters):
    colours = film(quarters).coloured(quarters, 1, "seismic")
    assert (colours[:2, :2] == 128).all()
    assert (colours[2:] != 128).any()
    maps = np.stack([np.full((4, 4), value, np.int16) for value in (1, -1)])
    again = track(quarters.rank, [4, 2, 1, 0], maps=maps, steps=(0, 2))
    shown = film(again, recomputed=True)
    assert [shown.map_of(again, step)[1] for step in range(4)] == [0, 0, 2, 2]
    assert (shown.map_of(again, 3)[0] == -0.5).all()
    assert (shown.coloured(again, 1, "seismic") != 128).any((0, 1)).all()


def test_pictures_that_change_on_the_way_are_kept_as_they_were(quarters):
    frames = np.stack([PICTURE, GONE])
    changing = track(quarters.rank, [4, 2, 1, 0], frames=frames)
    shown = film(changing)
    for step, expected in enumerate((PICTURE, PICTURE, GONE, GONE)):
        np.testing.assert_array_equal(shown.seen(changing, step), expected)


def test_sixteen_bits_keep_relevance_to_half_a_step():
    values = np.random.default_rng(0).normal(size=(9, 9)).astype(np.float32)
    whole, scale = quantised(values)
    assert np.abs(whole * scale - values).max() <= 0.51 * scale
    assert limit_of(whole, scale) == pytest.approx(np.sort(np.abs(values), axis=None)[79], rel=1e-4)
    nothing, scale = quantised(np.zeros((2, 2), np.float32))
    assert not nothing.any()
    assert limit_of(nothing, scale) == 0


def test_an_animation_read_by_pillow_is_the_frames():
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, (6, 5, 3), np.uint8)]
    for row in (2, 4):
        frames.append(frames[-1].copy())
        frames[-1][row : row + 2, 1:3] = 7
    frames.append(frames[-1].copy())  # nothing changes
    file = apng.encode(frames, [0.25, 0.5, 1, 2])
    with Image.open(io.BytesIO(file)) as read:
        assert read.n_frames == 4
        for number, (frame, delay) in enumerate(zip(frames, (250, 500, 1000, 2000), strict=True)):
            read.seek(number)
            np.testing.assert_array_equal(np.asarray(read.convert("RGB")), frame)
            assert read.info["duration"] == delay
    with pytest.raises(InputError, match="do not make one animation"):
        apng.encode([frames[0], frames[0][1:]], [1, 1])
    with pytest.raises(InputError, match="at least one frame"):
        apng.encode([], [])


def test_files_by_their_ending(quarters, tmp_path):
    shown = film(quarters)
    with Image.open(film_files.save(shown, tmp_path / "a.png", VIEW)) as still:
        np.testing.assert_array_equal(np.asarray(still), film_frames.still(shown, VIEW))
    with Image.open(film_files.save(shown, tmp_path / "a.apng", VIEW, theme="dark")) as moving:
        assert moving.n_frames == 4
        moving.seek(2)
        dark = film_frames.still(shown, {**VIEW, "step": 2}, theme="dark")
        np.testing.assert_array_equal(np.asarray(moving.convert("RGB")), dark)
        assert moving.info["duration"] == 250
    with pytest.raises(InputError, match=r"\.gif"):
        film_files.save(shown, tmp_path / "a.gif", VIEW)
    with pytest.raises(InputError, match="speed"):
        film_files.save(shown, tmp_path / "a.apng", VIEW, speed=0)
    with pytest.raises(InputError, match="theme"):
        film_files.save(shown, tmp_path / "a.png", VIEW, theme="blue")


def test_a_long_run_is_thinned_to_so_many_frames_and_takes_as_long(monkeypatch):
    monkeypatch.setattr(film_files, "MOST_FRAMES", 4)
    monkeypatch.setattr(film_files.apng, "encode", lambda frames, seconds: (len(list(frames)), seconds))
    long = track(np.zeros((1, 4, 4)), range(11))
    count, seconds = film_files.animation(film(long, total=10), VIEW, speed=2)
    assert count == 5
    assert sum(seconds[:-1]) == pytest.approx(5.0)


def test_the_page_is_whole_and_names_from_outside_stay_text(quarters):
    page = film_files.page(film(quarters), VIEW)
    assert "<b>cat" not in page
    assert "&lt;b&gt;cat" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    payload = json.loads(re.search(r"lrpwidgets-payload\">(.*?)</script>", page, re.DOTALL).group(1))
    assert payload["format"] == film_files.FORMAT
    assert payload["view"]["step"] == 1
    assert payload["state"]["_picture"]["bytes"] == PICTURE.size


def test_the_step_moves_the_line_and_the_outline_goes_around_what_is_next(quarters):
    shown = film(quarters)
    first, second = (film_frames.still(shown, {**VIEW, "step": step}) for step in (0, 1))
    assert first.shape == second.shape
    assert (first != second).any()
    picture = np.full((4, 4, 3), 90, np.uint8)
    film_frames.outline(picture, np.pad(np.ones((2, 2), bool), 1))
    assert (picture[1:3, 1:3] == 0).all()
    assert (picture[0, 1:3] == 255).all()
    assert (picture[0, 0] == 90).all()


def test_what_is_known_to_mislead_is_said(quarters):
    assert "section 7.2" in " ".join(film_frames.sentences(film(quarters), "logit"))
    for recomputed in (False, True):
        for kind in ("logit", "probability"):
            said = " ".join(film_frames.sentences(film(quarters, recomputed=recomputed), kind))
            assert ("told apart" in said) == (recomputed and kind == "probability")
