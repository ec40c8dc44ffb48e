"""reason word -> the sentence that explains it to a reader of the report"""

from __future__ import annotations

MEANINGS = {
    # ingest
    "image_missing": "The row names an image that is not on disk.",
    "duplicate_id": "The source gives this key a second time; the first row stays.",
    "path_escapes": "The row names an image outside the source's folder.",
    "column_missing": "A column that the manifest needs is empty in this row.",
    "text_missing": "A text that the manifest needs is empty in this row.",
    "column_type": "A column holds another kind of value than the manifest needs.",
    "value_unmapped": "A column holds a value that the manifest does not map.",
    "split_unknown": "Its split is none that the manifest knows.",
    "language_unknown": "Its language is none that the manifest knows.",
    "role_unknown": "A turn of its dialogue is by a role that the manifest does not know.",
    "turns_order": "Its turns do not alternate between user and assistant, or the last has no answer.",
    "box_broken": "A side of one of its boxes is no number.",
    "frame_broken": "The frame that the row names is no number.",
    "join_missing": "The table that is joined in has no row for it.",
    "lists_differ": "Its lists should go together and are not of one length.",
    "nothing_to_explode": "Its list of samples is empty.",
    "bad_id": "Its key is empty, or too long for an id.",
    "not_selected_by_manifest": "The manifest does not take rows of its kind.",
    "row_broken": "The row cannot be read as its format says.",
    "bad_encoding": "The row holds bytes that are no text in the encoding of its file.",
    # images, by inspect
    "corrupt": "The image file is damaged.",
    "truncated": "The image file ends before its pixels do.",
    "empty_file": "The image file holds no byte.",
    "unreadable": "The image file cannot be read from disk.",
    "not_an_image": "The file is named like an image and is none.",
    "unsupported": "A kind of image that is not decoded.",
    "too_large": "The image would need more memory than the limit allows.",
    "no_such_frame": "The file has fewer frames than the row asks for.",
    "dicom_compressed": "A compressed DICOM transfer syntax that is not decoded.",
    "dicom_no_pixels": "The DICOM file holds no pixels.",
    # screen
    "image_rejected": "One of its images could not be decoded or used.",
    "image_too_small": "A side of one of its images is under the limit.",
    "image_blank": "One of its images is of a single value.",
    "image_synthetic": "One of its images was made, and the recipe allows none.",
    "burned_in_text": "One of its images says or suggests that text is burned into its pixels.",
    "split_excluded": "Of a published split that the recipe does not take, as test.",
    "license_refused": "Its licence, or the lack of one, is refused by the recipe's policy.",
    "access_refused": "Its access class is refused here.",
    "caption_too_short": "Its caption has fewer tokens than the limit.",
    "caption_too_long": "Its caption has more tokens than the limit.",
    "text_empty": "No text is left after cleaning.",
    # shield
    "shield_key": "The publisher's own key (patient, study, article, figure) says that it is of an evaluation set.",
    "shield_image": "One of its images is in an evaluation set.",
    "shield_image_question": "An evaluation set asks the same question of the same image.",
    # dedup
    "duplicate_image": "A better sample with the same images stays in its place.",
    "duplicate_text": "A better sample with nearly the same text stays in its place.",
    # balance
    "not_selected": "No corpus took it: its modality was over its share, or no corpus asks for its task or source.",
    "over_target": "Its modality was over its share of the corpus.",
    "not_in_corpus": "The corpus asks for other tasks or sources.",
}


def meaning(reason: str) -> str:
    """One line on a reason; a word that nobody explained is told as its own words."""
    return MEANINGS.get(reason) or reason.replace("_", " ").capitalize() + "."
