"""two runs, or two corpora -> what came, what went, what became of the same samples, and what differs between the runs that made them"""
