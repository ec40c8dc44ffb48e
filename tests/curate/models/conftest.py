from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model in BiomedCLIP's published layout; never written to."""
    import torch

    from tests.curate.models.tiny_biomedclip import write_tiny

    torch.set_num_threads(1)
    return write_tiny(tmp_path_factory.mktemp("tiny_biomedclip"))
