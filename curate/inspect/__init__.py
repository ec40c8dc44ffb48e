"""Stage inspect: image references -> images"""
