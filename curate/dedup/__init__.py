"""samples with their clusters -> verdicts: which copy stays, within its scope"""
