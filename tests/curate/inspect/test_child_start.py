import subprocess
import sys

HEAVY = ("gdcm", "h5py", "imagecodecs", "nibabel", "openpyxl", "pyarrow.compute", "pydicom", "scipy.sparse", "tifffile", "torch", "yaml")


def test_a_decoding_process_starts_without_what_few_files_need() -> None:
    """Each worker starts one, and another after each that dies: what is imported there is paid for again and again."""
    said = "import sys, curate.inspect.child; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []
    assert "curate.pixels.film" in loaded
