"""samples and their inspected images -> screened samples, or the verdict that refuses them"""
