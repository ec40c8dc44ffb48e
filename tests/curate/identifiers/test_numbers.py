"""Numbers behind the words that announce them, by shape, by check digit; and what is no person's"""

import time

import pytest

from curate.identifiers.numbers import found

FOUND = [
    ("MRN: 4521337", "4521337", "mrn"),
    ("MRN 4521 was seen", "4521", "mrn"),
    ("mrn#A-123456", "A-123456", "mrn"),
    ("MRN 94-18-58", "94-18-58", "mrn"),
    ("**MRN:** 12345", "12345", "mrn"),
    ("MRN (12345)", "12345", "mrn"),
    ("MRN\n12345", "12345", "mrn"),
    ("Medical record number is 00123456.", "00123456", "mrn"),
    ("Patient ID: 045", "045", "mrn"),
    ("patient_id: 12345", "12345", "mrn"),
    ("PatientID=303215", "303215", "mrn"),
    ("Patient Id: E81476053", "E81476053", "mrn"),
    ("Hospital number 1234567", "1234567", "mrn"),
    ("chart no. 43-00-40", "43-00-40", "mrn"),
    ("CR No. 2017/409401", "2017/409401", "mrn"),
    ("Case #201934", "201934", "mrn"),
    ("Encounter: 1642109013", "1642109013", "mrn"),
    ("病人 MRN：１２３４５６", "１２３４５６", "mrn"),
    ("Accession # A123456", "A123456", "accession"),
    ("Acc no: 20191234", "20191234", "accession"),
    ("S-12-34567", "S-12-34567", "accession"),
    ("specimen S12-34567", "S12-34567", "accession"),
    ("block H9818-30", "H9818-30", "accession"),
    ("Study ID: CT-2020-0045", "CT-2020-0045", "accession"),
    ("exam MR731329496", "MR731329496", "accession"),
    ("1.2.840.113619.2.55.3.604688119", "1.2.840.113619.2.55.3.604688119", "accession"),
    ("Policy No. H 1234567", "H 1234567", "plan"),
    ("Member ID: W2707 23778", "W2707 23778", "plan"),
    ("Medicare 1EG4-TE5-MK73", "1EG4-TE5-MK73", "plan"),
    ("1EG4-TE5-MK73", "1EG4-TE5-MK73", "plan"),
    ("Account 12345678", "12345678", "account"),
    ("Financial number (FIN): 265786", "265786", "account"),
    ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00", "account"),
    ("4111 1111 1111 1111", "4111 1111 1111 1111", "account"),
    ("License no. MD123456", "MD123456", "license"),
    ("driver's license D1234567", "D1234567", "license"),
    ("DEA AB1234563", "AB1234563", "license"),
    ("NPI: 1234567893", "1234567893", "license"),
    ("registered with the GMC, no. 1234567", "1234567", "license"),
    ("1HGBH41JXMN109186", "1HGBH41JXMN109186", "vehicle"),
    ("license plate ABC-123 was noted", "ABC-123", "vehicle"),
    ("licence plate AB12 CDE", "AB12 CDE", "vehicle"),
    ("license plate: gpl 377", "gpl 377", "vehicle"),
    ("Truck with plate E43 LHE", "E43 LHE", "vehicle"),
    ("VEHICLE REG: KX49 VDF", "KX49 VDF", "vehicle"),
    ("Patient Id: E81476053 Patient Name: ", "E81476053", "mrn"),
    ("Group 50-0560", "50-0560", "plan"),
    ("national insurance no: ab 70 53 65 c", "ab 70 53 65 c", "ssn"),
    ("Serial no. SN123456", "SN123456", "device"),
    ("S/N: AB-12345", "AB-12345", "device"),
    ("IMEI 490154203237518", "490154203237518", "device"),
    ("(01)00844588003288(17)141120", "(01)00844588003288(17)141120", "device"),
    ("00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E", "device"),
    ("Lot no. 45A67", "45A67", "device"),
    ("123-45-6789", "123-45-6789", "ssn"),
    ("My SSN is 123 45 6789", "123 45 6789", "ssn"),
    ("SSN ending in 6789", "6789", "ssn"),
    ("NHS number 943 476 5919", "943 476 5919", "ssn"),
    ("Aadhaar 4475 6488 1973", "4475 6488 1973", "ssn"),
    ("NINO AB 12 34 56 C", "AB 12 34 56 C", "ssn"),
    ("身份证11010519491231002X。", "11010519491231002X", "ssn"),
]

NOT_FOUND = [
    "CD34, HLA-B27 and p53 in 5 of 10",
    "120/80 mmHg, 512 x 512, 1.5 T, C5-C6, T2N0M0, 3/5",
    "2003-2004 and 12/03/2019",
    "Case no. 14 and case #9",
    "specimen 3 of 12",
    "Patient 12 and patients: 1234",
    "patient: 1234 mm",
    "accession number NM_000059",
    "deposited in GenBank under accession number U12345",
    "ClinicalTrials.gov number NCT00069784",
    "Trial registration number ISRCTN12345678",
    "rs2813544 and rs1256049",
    "Image Id: 1004217-cut-806929 from IRMA",
    "ISBN 978-3-16-148410-0",
    "catalog no. ab1234",
    "No. 10 blade",
    "lot of 2000 patients",
    "CT number 1000 HU",
    "Medicare beneficiaries 2008",
    "no insurance, 0.43 (95%)",
    "Sn=72%; Sp=66.7%",
    "entered the DEA on 13/03/2020",
    "superior end plate to T12 inferior end plate",
    "blood agar plate 48 hr",
    "superior end plate T12-L1, END PLATE T12 AND L1",
    "the ibuprofen group was 1161 (+/-472) mL, the training group (318 s), control group: 190, placebo group (OR 5.44)",
    "transfer syntax 1.2.840.10008.1.2.4.50",
    "000-12-3456, 666-12-3456, 900-12-3456",
    "4111 1111 1111 1112",
    "110105194912310021",
]


def pieces(text):
    return [(text[find.start : find.end], find.kind) for find in sorted(found(text))]


@pytest.mark.parametrize(("text", "value", "kind"), FOUND)
def test_a_number_of_a_person_is_found_whole(text, value, kind):
    assert pieces(text) == [(value, kind)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_is_no_persons_number_is_left(text):
    assert pieces(text) == []


def test_one_word_announces_several_numbers():
    assert pieces("MRNs 2013/604107 and CR-25941/21 were merged") == [("2013/604107", "mrn"), ("CR-25941/21", "mrn")]


def test_what_a_word_announces_is_not_found_again_by_its_shape():
    assert pieces("NHS number 943 476 5919, phone 020 7946 0958") == [("943 476 5919", "ssn"), ("020 7946 0958", "phone")]


def test_time_grows_as_the_text_does():
    begin = time.process_time()
    for piece in ["a", "1", "A", "1 ", "1-", "mrn ", "MRN 1", "id:", "case no. 123456 ", "DE89", "(", "\ud800", "\x00"]:
        list(found((piece * (1 << 16))[: 1 << 16] + " 1234567"))  # a square of that takes minutes
    assert time.process_time() - begin < 10
