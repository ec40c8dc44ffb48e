"""a corpus -> the same samples in the layouts that other loaders read; loses nothing"""
