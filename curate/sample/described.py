"""what each real picture of originals.py shows, as someone who looked at it wrote it down

The sentences are generic on purpose: they name method, region and what anyone can see; they are no diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass

from curate.sample.originals import ECHO_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    modality: str  # one of schemas.modality.TWELVE, or 'other' for everyday pictures
    method: str  # as a radiologist would say it
    region: str
    view: str
    seen: str  # one clause without a full stop
    label: str  # a class for classification sources

    @property
    def caption(self) -> str:
        return f"{self.view} {self.method} of the {self.region}: {self.seen}."


METHODS = {
    "xray": "radiograph", "ct": "CT image", "mri": "MR image", "ultrasound": "ultrasound image", "fundus": "fundus photograph",
    "histopathology": "histology section", "microscopy": "fluorescence microscopy image",
}  # fmt: skip

# name: modality, region, view, what is seen, label
_TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "chest": ("xray", "chest", "Frontal", "several rounded opacities lie in both lungs, the heart is of normal width", "Mass|Nodule"),
    "chest_00": ("xray", "right upper chest", "Frontal", "shoulder, clavicle and ribs over a clear lung apex", "No Finding"),
    "chest_01": ("xray", "upper mediastinum", "Frontal", "trachea in the midline and a rounded opacity beside the left hilum", "Mass"),
    "chest_02": ("xray", "left upper chest", "Frontal", "shoulder, clavicle and ribs over a clear lung apex", "No Finding"),
    "chest_10": ("xray", "right middle chest", "Frontal", "large rounded opacities behind the ribs of the right lung", "Mass|Nodule"),
    "chest_11": ("xray", "heart and hila", "Frontal", "the spine and the heart shadow with the vessels of both hila", "No Finding"),
    "chest_12": ("xray", "left middle chest", "Frontal", "two rounded opacities one above the other near the chest wall", "Mass"),
    "chest_20": ("xray", "right lower chest", "Frontal", "the dome of the right diaphragm over the liver", "No Finding"),
    "chest_21": ("xray", "upper abdomen", "Frontal", "the lower spine seen through the shadow of the upper abdomen", "No Finding"),
    "chest_22": ("xray", "left lower chest", "Frontal", "gas below the left diaphragm and a sharp costophrenic angle", "No Finding"),
    "lung_right": ("xray", "right lung", "Frontal", "rounded opacities of several sizes in the middle and lower zone", "Mass"),
    "lung_left": ("xray", "left lung", "Frontal", "rounded opacities in the middle zone beside the heart", "Mass"),
    "lungs_upper": ("xray", "upper lung zones", "Frontal", "both apices are clear and the trachea is central", "No Finding"),
    "lungs_lower": ("xray", "lower lung zones", "Frontal", "rounded opacities above both halves of the diaphragm", "Nodule"),
    "heart_shadow": ("xray", "heart", "Frontal", "a heart shadow of normal width over the spine", "No Finding"),
    "diaphragm": ("xray", "diaphragm", "Frontal", "both domes with gas under the left one", "No Finding"),
    "leg": ("xray", "right lower leg", "Frontal", "tibia and fibula with a lucent area with a thin rim in the distal tibia", "bone lesion"),
    "leg_shaft": ("xray", "tibial shaft", "Frontal", "smooth cortex of tibia and fibula without a fracture line", "normal bone"),
    "leg_lesion": ("xray", "distal tibia", "Frontal", "a lucent area with a thin sclerotic rim at one side of the bone", "bone lesion"),
    "leg_ankle": ("xray", "ankle", "Frontal", "tibia, fibula and talus with an even joint space", "normal bone"),
    "head": ("ct", "head", "Axial", "the midline is displaced and mixed grey areas lie along one side of the brain", "mass effect"),
    "head_left": ("ct", "left half of the head", "Axial", "a dark collection with a bright band between skull and brain", "mass effect"),
    "base": ("ct", "skull base", "Axial", "air cells of the temporal bones and the paranasal sinuses in a bone window", "skull"),
    "base_posterior": ("ct", "posterior fossa", "Axial", "cerebellum and brain stem between the temporal bones", "brain"),
    "base_face": ("ct", "face", "Axial", "maxillary sinuses and nasal cavity behind the facial bones", "skull"),
    "abdomen": ("ct", "abdomen", "Axial contrast-enhanced", "liver, both kidneys, vertebra and bowel loops with gas", "abdomen"),
    "abdomen_kidneys": ("ct", "kidneys", "Axial contrast-enhanced", "both kidneys with bright cortex beside a vertebra", "abdomen"),
    "abdomen_bowel": ("ct", "anterior abdomen", "Axial contrast-enhanced", "bowel loops with gas and liquid behind the wall", "abdomen"),
    "cerebrum_low": ("ct", "brain", "Axial", "the cerebrum without the skull at the level of the basal ganglia", "brain"),
    "cerebrum_high": ("ct", "brain", "Axial", "the cerebrum without the skull at the level of the lateral ventricles", "brain"),
    "spine": ("ct", "thoracic spine", "Axial", "one vertebra with its canal and the muscles of the back", "spine"),
    "belly": ("mri", "abdomen", "Axial contrast-enhanced", "a round lesion in the liver, both kidneys and the spleen", "liver lesion"),
    "belly_liver": ("mri", "liver", "Axial contrast-enhanced", "a round dark lesion with a grey rim in the right lobe", "liver lesion"),
    "belly_kidney": ("mri", "left kidney", "Axial contrast-enhanced", "a bright kidney beside the spleen and the aorta", "normal kidney"),
    "shoulder": ("mri", "shoulder", "Oblique coronal", "humeral head, socket, acromion and the muscles above the joint", "shoulder"),
    "shoulder_head": ("mri", "humeral head", "Oblique coronal", "a bright round humeral head under the deltoid muscle", "shoulder"),
    "shoulder_socket": ("mri", "glenoid", "Oblique coronal", "the socket of the joint and the muscles beside it", "shoulder"),
    "shoulder_roof": ("mri", "acromion", "Oblique coronal", "the bones and tendons that form the roof of the shoulder", "shoulder"),
    "hindbrain_0": ("mri", "cerebellum", "Sagittal", "the folds of the cerebellum in a very small field of view", "brain"),
    "hindbrain_6": ("mri", "cerebellum", "Sagittal", "the folds of the cerebellum a few slices to the side", "brain"),
    "node_left": ("ultrasound", "lymph node", "Power Doppler", "one pole of the node with branching vessels in orange", "lymph node"),
    "node_right": ("ultrasound", "lymph node", "Power Doppler", "the other pole of the node with fewer vessels", "lymph node"),
    "vessels": ("ultrasound", "heart and great vessels", "Colour Doppler", "flow in red and blue within a sector", "flow"),
    "pelvis_left": ("ultrasound", "pelvis", "Transabdominal", "a full dark bladder in front of a grey pelvic organ", "pelvis"),
    "pelvis_right": ("ultrasound", "pelvis", "Transabdominal", "a dark bladder above an oval grey organ with a bright stripe", "pelvis"),
    "retina": ("fundus", "left eye", "Whole-field", "optic disc, macula and vessels without bleeding", "whole field"),
    "retina_disc": ("fundus", "optic disc", "Close", "a pale disc with pigment at its rim and vessels that leave it", "optic disc"),
    "retina_macula": ("fundus", "macula", "Close", "a dark spot without vessels in its centre", "macula"),
    "retina_upper": ("fundus", "upper retina", "Close", "branching vessels of the upper arcade", "vessels"),
    "retina_lower": ("fundus", "lower retina", "Close", "branching vessels of the lower arcade", "vessels"),
    "retina_outer": ("fundus", "temporal retina", "Close", "few fine vessels on an even red background", "background"),
    "retina_upper_nasal": ("fundus", "upper nasal retina", "Close", "wide vessels that cross near the edge of the field", "vessels"),
    "retina_lower_nasal": ("fundus", "lower nasal retina", "Close", "a vein and an artery side by side near the edge", "vessels"),
    "retina_upper_temporal": ("fundus", "upper temporal retina", "Close", "one long vessel with small branches", "vessels"),
    "retina_lower_temporal": ("fundus", "lower temporal retina", "Close", "thin vessels that fork towards the edge", "vessels"),
    "microaneurysms": ("fundus", "retina", "Green-channel", "three dark vessels and small dark dots between them", "microaneurysms"),
    "skin_epidermis": ("histopathology", "skin", "Haematoxylin-eosin", "epidermis with its nuclei beside a layer of keratin", "skin"),
    "skin_keratin": ("histopathology", "skin", "Haematoxylin-eosin", "loose folded sheets of keratin on a white ground", "skin"),
    "cell": ("microscopy", "single cell", "Phase", "one round bright cell with a dark ring on a grey ground", "single cell"),
    "cell_close": ("microscopy", "single cell", "Phase", "a round cell that fills the frame", "single cell"),
    "cat": ("other", "cat", "Close", "the face of a tabby cat with green eyes", "cat"),
    "coffee": ("other", "cup", "Close", "a red cup of coffee with a spoon on a wooden table", "cup"),
    "rocket": ("other", "launch pad", "Distant", "a rocket between towers at dusk", "rocket"),
    "galaxies": ("other", "sky", "Deep", "many small galaxies on a black sky", "galaxies"),
}  # fmt: skip

_BRAIN = {
    1: "temporal lobes and brain stem", 3: "temporal lobes and midbrain", 5: "third ventricle", 7: "basal ganglia",
    9: "frontal horns and thalami", 11: "frontal horns and the back of the ventricles", 13: "both lateral ventricles",
    15: "bodies of the lateral ventricles", 17: "wide bodies of the lateral ventricles", 19: "upper part of the lateral ventricles",
    21: "white matter above the ventricles", 23: "gyri near the vertex",
}  # fmt: skip
_GLANDS = {
    "00": "dense brown-stained gland epithelium", "01": "two glands that meet at a narrow cleft", "02": "one gland wall beside blue stroma",
    "10": "the curved border of a gland and its lumen", "11": "blue stroma between three glands", "12": "a gland border above loose stroma",
    "20": "tall brown cells along an open lumen", "21": "a small round gland cut across", "22": "a gland border and mostly blue stroma",
}  # fmt: skip


def _shown(modality: str, region: str, view: str, seen: str, label: str) -> Shown:
    method = METHODS.get(modality, "photograph") if region != "single cell" else "microscopy image"
    return Shown(modality=modality, method=method, region=region, view=view, seen=seen, label=label)


def described(nuclei: dict[str, int]) -> dict[str, Shown]:
    """Every picture's words by its name; `nuclei`: how many were counted in each tile of that field."""
    shown = {name: _shown(*row) for name, row in _TABLE.items()}
    for z, level in _BRAIN.items():
        shown[f"brain_{z:02d}"] = _shown("mri", "brain", "Axial echo-planar", f"a slice through the {level} with bright fluid", "brain")
    for frame in ECHO_FRAMES:
        words = f"all four chambers with septum and valves, frame {frame} of a loop"
        shown[f"heart_{frame:03d}"] = _shown("ultrasound", "heart", "Apical", words, "heart")
    for place, seen in _GLANDS.items():
        shown[f"glands_{place}"] = _shown("histopathology", "colon", "Immunohistochemical", seen, "colon glands")
    for name, count in nuclei.items():
        words = f"{count} nuclei with bright spots on a dark ground" if count > 1 else "one nucleus on a dark ground"
        shown[name] = _shown("microscopy", "cell nuclei", "Grey", words, "nuclei")
    return shown
