"""ingest: manifests and files -> samples, image references, rejected rows, faults of files"""
