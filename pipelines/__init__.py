"""The Beam part: every stage is a pipeline over bucketed Parquet tables; it wires what curate/ decides."""
