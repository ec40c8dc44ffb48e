"""how Beam pickles what a graph holds: code that travels by value tells its module's name, not the folder it lies in on this machine"""

from __future__ import annotations

from apache_beam.internal import cloudpickle_pickler
from apache_beam.internal.cloudpickle.cloudpickle import get_relative_path


def forget_places() -> None:
    """From here on, in this process. Beam's own transforms hold such code: a graph would be another one for each machine."""
    cloudpickle_pickler.DEFAULT_CONFIG.filepath_interceptor = get_relative_path  # type: ignore[assignment]
