"""evidence of what an image is -> the one modality of a sample, how sure, who says so"""
