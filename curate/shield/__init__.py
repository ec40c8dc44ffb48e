"""benchmark rows, clusters, samples -> verdicts on what touches an evaluation set"""
