"""selection -> shards, index and cards of one corpus; loses nothing"""
