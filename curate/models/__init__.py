"""Instruments: load() and count or score; no thresholds."""
