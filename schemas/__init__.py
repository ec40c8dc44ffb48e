"""What the data is: frozen dataclasses in flight, the Arrow schema derived from them at rest."""
