"""Addresses of mail, pages and machines; names on networks; and citations, versions, sections, times"""

import time

import pytest

from curate.identifiers.web import found

FOUND = [
    ("mail a.b@c.org.", "a.b@c.org", "email"),
    ("zhang@163.com联系", "zhang@163.com", "email"),
    ("邮箱：li_4＠qq.com。", "li_4＠qq.com", "email"),
    ("name (at) host . org", "name (at) host . org", "email"),
    ("john.doe[at]clinic[dot]com", "john.doe[at]clinic[dot]com", "email"),
    ("jdoe at mail dot com", "jdoe at mail dot com", "email"),
    ("anatomy.http://www.x.com/v?a=1", "http://www.x.com/v?a=1", "url"),
    ("(see http://x.org/a).", "http://x.org/a", "url"),
    ("http://x.org/a(b)", "http://x.org/a(b)", "url"),
    ("[here](https://a.b/c)", "https://a.b/c", "url"),
    ("www.hgfound.org.", "www.hgfound.org", "url"),
    ("Source: Shutterstock.com", "Shutterstock.com", "url"),
    ("visit amd.de", "amd.de", "url"),
    ("wiki.de/x", "wiki.de/x", "url"),
    ("网址：radiology.example.org/case/4", "radiology.example.org/case/4", "url"),
    ("192.168.1.10", "192.168.1.10", "ip"),
    ("IP address: 8.8.8.8", "8.8.8.8", "ip"),
    ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "ip"),
    ("IP地址：fe80::b0:1", "fe80::b0:1", "ip"),
    ("follow @drsmith now", "@drsmith", "account"),
    ("Twitter: drsmith", "drsmith", "account"),
]
NOT_FOUND = [
    "doi:10.1000/182",
    "DOI: http://dx.doi.org/10.7554/eLife.24232.007",
    "www.ecancer.org/view-article.asp?doi=10.3332/ecancer.2008.77",
    "https://www.ncbi.nlm.nih.gov/pubmed/1",
    "http://creativecommons.org/licenses/by/4.0",
    "ClinicalTrials.gov NCT1, Clinical Trials.gov",
    "http://en.wikipedia.org/wiki/Hand",
    "the branching site (@); directly behind",
    "b = 1000 @ 3T, @the level of L3",
    "present at day 3.No change, novo.de, e.g. 5.5",
    "section 1.2.3.4, EC 3.1.1.11, v10.20.30.140, version 10.20.30.140",
    "std::vector, 10:20:30, 1:2:4:8:16:32:64:128",
]


def pieces(text):
    return sorted({(text[find.start : find.end], find.kind) for find in found(text)})


@pytest.mark.parametrize(("text", "value", "kind"), FOUND)
def test_an_address_is_found_whole(text, value, kind):
    assert pieces(text) == [(value, kind)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_citations_versions_and_times_are_left(text):
    assert pieces(text) == []


def test_an_address_of_mail_is_no_site():
    assert pieces("2020@nei.nih.gov  www.nei.nih.gov") == [("2020@nei.nih.gov", "email"), ("www.nei.nih.gov", "url")]


def test_time_grows_as_the_text_does():
    begin = time.process_time()
    for piece in ["@", "a@", "a@b.", ".com", "www.", "http://", "::", "a:", "(at) ", "a dot ", "a.", "1.", "192.168.1.1 "]:
        list(found((piece * (1 << 16))[: 1 << 16]))  # a square of that takes minutes
    assert time.process_time() - begin < 10
