"""pixels -> what is seen in them, by a small model that ships with this program: `load` gives the embedder, `load_head` its probe"""

from curate.models.pixels.embedder import PixelsEmbedder, load, load_head, name

__all__ = ["PixelsEmbedder", "load", "load_head", "name"]
