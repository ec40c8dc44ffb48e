"""Fields and shapes of which pictures are drawn"""

import numpy as np
import pytest

from curate.probe.fields import blob, edge, ellipse, grid, noise, over, shown


@pytest.mark.parametrize(("size", "smooth"), [((40, 31), 0.5), ((33, 50), 3), ((90, 70), 25), ((20, 1), (6, 0.1)), ((1, 45), (0.1, 9))])
def test_noise_has_its_size_mean_and_spread(size, smooth):
    field = noise(np.random.default_rng(3), size, smooth)
    assert field.shape == size
    assert abs(field.mean()) < 1e-9
    assert field.std() == pytest.approx(1, abs=1e-6)


def test_a_wider_field_is_smoother():
    steps = [np.abs(np.diff(noise(np.random.default_rng(1), (80, 80), smooth), axis=0)).mean() for smooth in (1, 4, 16)]
    assert steps == sorted(steps, reverse=True)


def test_a_grid_is_one_along_the_shorter_side():
    rows, columns = grid((4, 8))
    assert rows[:, 0].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert columns[0].tolist() == [-1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75]


def test_depth_is_one_in_the_centre_and_none_on_the_outline():
    at = (np.array([[0.5, 0.5, 0.5]]), np.array([[0.0, 0.4, 0.8]]))
    assert ellipse(at, (0.5, 0), (0.2, 0.4)).round(9).tolist() == [[1, 0, -1]]
    assert blob(np.random.default_rng(0), at, (0.5, 0), (0.4, 0.4), 0).round(9).tolist() == [[1, 0, -1]]


def test_edges_and_layers():
    assert edge(np.array([-9.0, 0.0, 9.0]), 0.1).round(9).tolist() == [0, 0.5, 1]
    laid = over(np.zeros((1, 2, 3)), (1, 0.5, 0), np.array([[0.5, 7]]))
    assert laid.tolist() == [[[0.5, 0.25, 0], [1, 0.5, 0]]]
    assert np.asarray(shown(np.array([[-1.0, 0.5, 2.0]]))).tolist() == [[0, 128, 255]]
