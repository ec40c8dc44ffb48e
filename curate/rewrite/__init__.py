"""screened samples -> requests to a language model; its answers -> the samples with what it wrote, or the fault that refuses them"""
