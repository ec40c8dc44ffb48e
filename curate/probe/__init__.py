"""Instruments for fitting a head offline: never imported by a run"""
