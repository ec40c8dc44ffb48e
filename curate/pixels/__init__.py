"""Instruments: bytes of an image -> header, one rendered form, digests, hashes; the same bytes without metadata"""
