"""everything kept -> selection of each corpus, against its target"""
