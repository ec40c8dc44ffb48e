"""a copy of a corpus -> whatever is not as it was written; believes nothing that it can count"""
