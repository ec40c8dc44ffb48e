
import pytest

from curate.modalities import fault_of
from curate.tag.names import named
from curate.tag.vocabulary import END, NOTHING, Meaning, Said, load_vocabulary
from curate.tag.words import (
    agreed,
    is_asking_what_to_do,
    is_denied_question,
    is_panelled,
    is_polar_question,
    is_reversed_question,
    read_words,
)
from schemas.modality import MODALITIES


def says(text):
    """'ct', 'ct/CTA', 'other:chart'; weak with a '~' before."""
    found = read_words(text)
    if found is None:
        return None
    said = found.meaning
    finer = f"/{said.submodality}" if said.submodality else f":{said.figure_type}" if said.figure_type else ""
    return f"{'~' if found.strength == 'weak' else ''}{said.modality}{finer}"


STRONG = """
xray | Chest X-ray, PA view.
xray | CHEST X–RAY
xray | Lateral radiographs of both knees
xray | Plain film of the abdomen (KUB)
xray | Preoperative radio-graph of the premolar
xray | Radiographie standard du bassin de face
xray/mammography | Left breast mammogram
xray/mammography | Mediolateral oblique view of the left breast
xray/tomosynthesis | Digital breast tomosynthesis, slice 12
xray/angiography | Coronary angiogram of the right coronary artery
xray/angiography | DSA of the internal carotid artery
xray/angiography | Selective venogram of the left renal vein
xray/fluoroscopy | Barium swallow with a bird's beak
xray/fluoroscopy | ERCP with a stricture of the common bile duct
xray/fluoroscopy | Voiding cystourethrogram (VCUG) with reflux
xray/fluoroscopy | Hysterosalpingogram: right tube occluded
xray/dental | Orthopantomogram after one year
xray/dental | Periapical radiograph of tooth 36
xray/dental | Lateral cephalogram before treatment
xray/DXA | DEXA of the lumbar spine
ct | Axial CT of the chest.
ct | HRCT with honeycombing
ct | Non contrast computed tomography of the head
ct | TDM thoracique en coupe axiale
ct/CTA | CT angiography of the aorta
ct/CTA | CTPA with a saddle embolus
ct/CBCT | Cone-beam computed tomography of the mandible
ct/micro-CT | µCT of a murine femur
ct/micro-CT | Micro computed tomography of the tooth
ct/CT rendering | Three-dimensional CT of the orbit
mri | T2-weighted sagittal image
mri | Axial FLAIR of the brain
mri | IRM cérébrale en coupe sagittale
mri | MR imaging and MR elastography
mri/MRA | MR imaging and MR angiography
mri/MRCP | MRCP with a stone in the duct
mri/DWI | Diffusion-weighted image with restricted diffusion
mri/fMRI | fMRI activation of the left motor cortex
mri/tractography | Tractography of the corticospinal tract
mri/cardiac MRI | Late gadolinium enhancement of the septum
mri/MR arthrography | MR arthrogram of the hip
ultrasound | Transverse sonogram of the thyroid
ultrasound | USG of the abdomen
ultrasound/Doppler | Color Doppler showed severe MR
ultrasound/echocardiography | Apical four-chamber view with a thrombus
ultrasound/echocardiography | TEE of the mitral valve
ultrasound/endoscopic ultrasound | Endoscopic ultrasound of the pancreas
ultrasound/endoscopic ultrasound | EBUS of station 7
ultrasound/IVUS | IVUS of the left anterior descending artery
ultrasound/elastography | Shear-wave elastography of the liver
ultrasound/ocular ultrasound | Ultrasound biomicroscopy of the angle
ultrasound/obstetric ultrasound | Antenatal scan at 20 weeks
dermoscopy | Dermoscopic photograph of a nevus
dermoscopy | Dermatoscopy with arborizing vessels
dermoscopy/trichoscopy | Trichoscopy of the scalp
dermoscopy/capillaroscopy | Nailfold capillaroscopy with giant loops
fundus | Fundus photograph of the right eye
fundus/colour fundus | Color fundus photograph
fundus/SLO | Scanning laser ophthalmoscopy of the macula
fundus/fluorescein angiography | Fluorescein angiography, late phase
fundus/ICG angiography | Indocyanine green angiography of the choroid
fundus/autofluorescence | Fundus autofluorescence with a hypoautofluorescent spot
oct | OCT of the macula
oct | Spectral-domain OCT with subretinal fluid
oct/OCTA | Optical coherence tomography angiography
oct/intravascular OCT | Intravascular optical coherence tomography of the stent
oct/anterior segment OCT | AS-OCT of the cornea
histopathology/H&E | H&E stained section, x40
histopathology/H&E | H & E, original magnification ×400
histopathology/H&E | Photomicrograph of a haematoxylin and eosin stain
histopathology/immunohistochemistry | Immunohistochemical staining for CD34
histopathology/special stain | Masson trichrome of the liver
histopathology | Histological section of the polyp
microscopy | Atomic force microscopy of a crystal
microscopy/cytology | Pap smear with koilocytes
microscopy/cytology | Cytology of the pleural effusion
microscopy/blood smear | Peripheral blood smear with schistocytes
microscopy/blood smear | Wright-Giemsa, bone marrow aspirate
microscopy/electron | Scanning electron micrograph of enamel
microscopy/electron | Transmission electron microscopy of the kidney
microscopy/fluorescence | Immunofluorescence for IgA
microscopy/confocal | Confocal microscopy of neurons, scale bar 10 µm
microscopy/phase contrast | Phase-contrast microscopy of fibroblasts
microscopy/parasites and microbes | Gram stain of the sputum
pet | PET of the brain
pet | Increased FDG uptake in the left lung
pet/PET/CT | FDG PET/CT of the whole body
pet/PET/CT | PET-CT fusion
pet/PET/CT | Positron emission tomography and computed tomography of the neck
pet/PET/MRI | PET/MRI of the pelvis
endoscopy | Endoscopic view of the antrum
endoscopy/colonoscopy | Colonoscopy with a sessile polyp
endoscopy/gastroscopy | EGD: ulcer of the bulb
endoscopy/bronchoscopy | Bronchoscopic view of the carina
endoscopy/arthroscopy | Arthroscopic view of the meniscus
endoscopy/laparoscopy | Laparoscopic view of the gallbladder
endoscopy/colposcopy | Colposcopy after acetic acid
endoscopy/otoscopy | Otoscopic image of the tympanic membrane
endoscopy/cystoscopy | Cystoscopy with a papillary tumour
endoscopy/hysteroscopy | Hysteroscopic view of the septum
endoscopy/capsule endoscopy | Video capsule endoscopy of the ileum
endoscopy/laryngoscopy | Laryngoscopy with a nodule of the cord
photography/clinical photograph | Clinical photograph of the lesion
photography/intra-operative photograph | Intraoperative photograph of the aneurysm
photography/gross specimen | Gross specimen of the kidney
photography/slit lamp | Slit-lamp photograph of the cornea
photography/intra-oral photograph | Intraoral view of the palate
other/scintigraphy | Bone scan with increased uptake
other/SPECT | SPECT of the myocardium
other/SPECT | SPECT/CT of the parathyroid
other/thermography | Thermogram of the foot
other:diagram | Flowchart of the study
other:diagram | Schematic representation of the pathway
other:diagram | Pedigree of the family
other:chart | Kaplan-Meier curves of overall survival
other:chart | Scatter plot of age against dose
other:chart | ROC curves of both models
other:chart | X-ray diffraction pattern of the powder
other/ECG | 12-lead ECG with ST elevation
other/EEG | EEG with spike and wave
other:page | Screenshot of the user interface
other:page | Questionnaire given to the patients
other:assay | Western blot of p53, lane 1 control
other:assay | Agarose gel electrophoresis of the products
other:assay | Karyotype 47,XX,+21
other:rendering | Finite element model of the femur
"""

WEAK = """
~xray | AP view of the pelvis
~xray/angiography | Angiogram of the left leg
~xray/fluoroscopy | Image intensifier view of the hip
~ct | Axial image in lung window
~ct | Hypodense lesion of 30 HU
~mri | Hyperintense lesion of the left thalamus
~mri | The lesion is bright on T2
~ultrasound | Hypoechoic nodule with posterior acoustic enhancement
~fundus | Cotton wool spots near the optic disc
~oct | Disruption of the ellipsoid zone
~histopathology | Spindle cells with nuclear atypia, x40
~histopathology | Original magnification ×200
~microscopy/fluorescence | Nuclei counterstained with DAPI
~microscopy/electron | Ultrastructural changes of mitochondria
~pet | Lesion with SUVmax of 12
~histopathology | Photomicrograph of the specimen
~histopathology | Light microscopy: stromal cells
~microscopy | Light microscopy of the sample
~microscopy/cytology | Cytologic atypia
~endoscopy | Normal colonic mucosa
~endoscopy/laparoscopy | Laparoscopic cholecystectomy
~photography | Photograph of a lesion
~photography/gross specimen | Cut surface of the tumour
~photography/intra-operative photograph | Intraoperative view of the nerve
~dermoscopy | Atypical pigment network
~other:diagram | Workflow of the analysis
~other:chart | Correlation between age and weight
~other:assay | Colonies on agar
~ultrasound | Ultrasound-guided biopsy of the liver
~ct | CT-guided drainage
"""

NOTHING_SAID = """
Mr. Smith was seen by us
A pet dog in Oct
Infiltration of both lungs
severe MR and moderate TR
The MR of the mitral valve was graded
Ct value of the reaction
Sample embedded in OCT compound
A PET bottle
The CTV and PTV contours
An MRI-compatible needle
Ultrasound gel
Focused ultrasound ablation
Photo credit: the author
Stent of 10 × 40 mm
Kaplan of the clan
"""

DENIED = """
- | No MRI was performed.
- | No CT, MRI or ultrasound
- | No CT, MRI
- | No CT or MRI
- | Neither CT nor MRI was available
- | The patient refused an MRI
- | MRI is contraindicated
- | CT was not done
- | Without CT
mri | No fracture, MRI of the knee
xray | MRI was not performed; chest radiograph at admission
xray | Radiograph without CT or MRI
ct | CT instead of MRI
ct | CT rather than ultrasound
ct | No lesion on CT
ct | No change after CT
xray | Not visible in the radiograph
ct | There is no evidence of haemorrhage or infarct on this CT
ct | CT of the head without contrast
mri | Unlike CT, MRI shows the lesion
xray | Chest radiograph before surgery; no ultrasound
"""

ASIDE = """
mri | CT was unremarkable; MRI shows a lesion
xray | Chest radiograph. A CT is recommended.
xray | Chest X-ray with a mass, later confirmed by CT
ct | CT of the lung, compared with previous radiograph
ultrasound | Ultrasound of the liver; consider MRI
histopathology/H&E | H&E of the nodule previously seen; scheduled for MRI
ct | Previous CT with the aneurysm
~ct | Mass that was confirmed by CT
- | Other examinations, such as MRI
- | CT of the chest with contrast may be helpful
- | CT as opposed to MRI or PET, MRI
xray | Radiograph. MRI would be helpful.
ct | CT shows a mass, biopsy followed by PET
"""

SEVERAL = """
- | CT and MRI of the brain
- | Chest radiograph; CT was done later
- | (a) CT (b) MRI
- | (A) Axial CT, (B) coronal CT, (C) sagittal CT and (D) MRI
- | A: CT. B: CT. C: CT. D: H&E stain
- | Left panel: CT; right panel: CT and CT; radiograph
ct | (a) axial CT, (b) coronal CT
ct | CT before and CT after surgery; MRI later
- | MRI first, then CT before and CT after surgery
- | Panoramic radiograph and clinical photograph
xray | Panoramic radiograph and mammogram
pet/PET/CT | PET/CT: the CT and the fused picture
other:diagram | Flow chart of patient selection for the CT cohort
other:chart | Bar graph showing the number of CT scans a year
other:chart | ROC curve for chest radiographs. Area 0.9
other:diagram | Schematic drawing of the MRI scanner
- | Schematic drawing and CT of the neck
- | Electrocardiogram showing biphasic waves in leads one to three with inverted waves in four to six and a coronary angiogram
- | Schematic drawing of the neck. CT of the neck
mri | Not visible on ultrasound, the lesion is seen on this T1-weighted image
ct | MRI of the brain was done before this CT
ct | Colonoscopy was incomplete; abdominal CT shows a tumor
microscopy/electron | Electron microscopy of a histological section
microscopy/fluorescence | Immunofluorescence of a tissue section
histopathology/H&E | Light microscopy, H&E
endoscopy | Photograph by endoscopy
mri | Photograph of a hyperintense lesion on MRI
"""

CHINESE = """
ct | 胸部CT显示右肺结节
ct | 头颅CT平扫
ct | 腹部增强CT
ct | ＣＴ图像
ct/CTA | 冠脉CT未见狭窄
ct/CTA | CT血管造影显示动脉瘤
ct/CBCT | 锥形束CT示根尖病变
xray | 这是一张胸片
xray | X线正位片
xray | X光片显示骨折
xray/mammography | 乳腺钼靶
xray/angiography | 数字减影血管造影
xray/angiography | 冠状动脉造影示前降支狭窄
xray/fluoroscopy | 上消化道造影
xray/fluoroscopy | 钡餐检查
xray/dental | 曲面断层片
xray/dental | 根尖片
xray/DXA | 骨密度检查
mri | 头颅磁共振 T2 加权像
mri | 腰椎核磁
mri | 膝关节MRI
mri/MRCP | 磁共振胰胆管成像
mri/DWI | 弥散加权成像
mri/MRA | 磁共振血管成像
ultrasound | 腹部彩超
ultrasound | B超提示胆囊结石
ultrasound | 超声声像图
ultrasound/echocardiography | 超声心动图
ultrasound/endoscopic ultrasound | 超声内镜
ultrasound/Doppler | 多普勒
ultrasound/obstetric ultrasound | 胎儿超声
endoscopy/gastroscopy | 无痛胃镜检查
endoscopy/colonoscopy | 结肠镜见息肉
endoscopy/bronchoscopy | 支气管镜
endoscopy/cystoscopy | 膀胱镜
endoscopy/arthroscopy | 关节镜
endoscopy/colposcopy | 阴道镜
endoscopy/hysteroscopy | 宫腔镜
endoscopy/laryngoscopy | 喉镜
endoscopy/capsule endoscopy | 胶囊内镜
endoscopy | 内镜下所见
dermoscopy | 皮肤镜下可见
fundus | 眼底照相
fundus/fluorescein angiography | 荧光素血管造影
oct | 光学相干断层扫描
oct | 黄斑OCT
histopathology/H&E | HE染色
histopathology/immunohistochemistry | 免疫组化
histopathology | 组织病理切片
microscopy/electron | 电镜
microscopy/blood smear | 外周血涂片
microscopy/cytology | 细胞学检查
microscopy/fluorescence | 免疫荧光
pet | 正电子发射断层显像
pet/PET/CT | PET/CT全身显像
other/scintigraphy | 骨扫描
other/SPECT | SPECT显像
other/ECG | 心电图
other:diagram | 研究流程图
other:chart | 柱状图
photography/clinical photograph | 患者照片
photography/gross specimen | 大体标本
photography/slit lamp | 裂隙灯检查
~ct | 左肺低密度影
~mri | 右侧高信号
~ultrasound | 低回声结节
~fundus | 视盘边界清
~histopathology | 镜下见核分裂
~pet | 高代谢灶
- | 未行MRI检查
- | 不是CT
- | 没有做磁共振
- | 无CT、MRI或超声
mri | 与前次CT比较，本次MRI示病灶增大
xray | 胸片,未见CT
xray | 胸片。建议CT检查
- | 建议行CT
- | CT和MRI
- | 患者咳嗽三天
ultrasound | 超声引导前的超声图像
~ultrasound | 超声引导穿刺
"""


def cases(text):
    return [tuple(line.split(" | ", 1)) for line in text.splitlines() if line]


@pytest.mark.parametrize(("meaning", "text"), cases(STRONG + WEAK + DENIED + ASIDE + SEVERAL))
def test_a_caption_names_its_modality(meaning, text):
    assert says(text) == (None if meaning == "-" else meaning)


@pytest.mark.parametrize(("meaning", "text"), cases(CHINESE))
def test_a_chinese_caption_names_its_modality(meaning, text):
    assert says(text) == (None if meaning == "-" else meaning)


@pytest.mark.parametrize("text", ["", *NOTHING_SAID.strip().splitlines()])
def test_what_names_nothing_says_nothing(text):
    assert says(text) is None


def test_there_are_cases_enough():
    assert (len(cases(STRONG + WEAK + DENIED + ASIDE + SEVERAL)), len(cases(CHINESE))) == (217, 81)


def test_a_strong_word_silences_weak_ones_and_weak_ones_agree_among_themselves():
    assert says("CT of a hyperintense, echogenic lesion") == "ct"
    assert says("A hyperintense lesion near a hypoechoic one") is None
    assert says("Hyperintense, hypointense, isointense; hypoechoic") == "~mri"


def test_what_a_long_text_names_late_and_nothing_before_is_weak():
    assert says("A word more, " * 14 + "and a CT") == "~ct"
    assert says("Radiograph of the chest. " + "A word more, " * 14 + "and a CT and a radiograph") == "xray"


def test_names_of_figures_that_differ_are_not_told():
    assert agreed(named("Bar chart and flowchart")) == Said(meaning=Meaning(modality="other"))


def test_no_reply_to_a_yes_no_question_denies_it():
    assert is_denied_question("Is this an MRI?", "No, it is not.")
    assert is_denied_question("这是CT图像吗?", "不是")
    assert not is_denied_question("Is this an MRI?", "Yes")
    assert not is_denied_question("What is this MRI of?", "No idea")
    assert not is_denied_question("Is this an MRI?", "")


def test_a_question_is_known_by_how_it_opens():
    assert is_polar_question("Is this an MRI?")
    assert is_polar_question("这是CT图像吗?")
    assert not is_polar_question("What is this?")
    assert not is_polar_question("")
    assert is_asking_what_to_do("Which modality is best for follow-up?")
    assert is_asking_what_to_do("下一步应做什么检查？")
    assert not is_asking_what_to_do("Which modality is this?")
    assert is_reversed_question("What is this not?")
    assert not is_reversed_question("这是不是CT?")


@pytest.mark.parametrize(
    ("text", "panels"),
    [("(a) x (b) y", True), ("A: x. B: y", True), ("A, B: x", False), ("(A-C) x (D) y", True), ("left panel, right panel", True),
     ("(a) alone", False), ("Vitamin C. E. coli", True), ("x", False)],
)  # fmt: skip
def test_panels_are_known_by_two_letters(text, panels):
    assert is_panelled(text) is panels


def test_every_phrase_means_a_modality_of_ours():
    def meanings(tree):
        for key, branch in tree.items():
            yield from [branch] if key == END else meanings(branch)

    found = {said.meaning for said in meanings(load_vocabulary().tree) if said is not NOTHING}
    assert {meaning.modality for meaning in found} == set(MODALITIES) - {"text"}
    assert [fault_of(meaning.modality, meaning.submodality, meaning.figure_type) for meaning in found] == [None] * len(found)


def test_what_yields_and_to_whom_is_named_as_phrases_name_it():
    def is_name(key):
        modality, _, submodality = key.partition("/")
        return fault_of(modality, submodality) is None

    assert [key for general, special in load_vocabulary().yields.items() for key in (general, *special) if not is_name(key)] == []


@pytest.mark.parametrize("text", ["CT ", "no CT or ", "(a) MRI, ", "previous ", "computed ", "not ", "磁共振和", "低", "PET CT PET "])
def test_a_long_text_of_one_kind_says_what_a_short_one_does(text):
    """Where time grew with the square, this would not end before the suite's limit."""
    assert read_words((text * 300_000)[:300_000]) == read_words((text * 300)[:3_000])
