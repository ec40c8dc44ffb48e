"""text -> mail addresses, web addresses, network addresses, names on social networks

Addresses of what is published are no identifiers, but citations: digital object identifiers (in the address of any page too), PubMed and
the other pages of NCBI, journals and their publishers, preprints, encyclopedias, Creative Commons, ClinicalTrials.gov. All others are
found, of institutions too: 45 CFR 164.514(b)(2)(i)(N) makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from curate.identifiers.kinds import Found
from curate.identifiers.plain import plain

_LETTER = r"A-Za-zÀ-ÖØ-öø-ɏ"
_AT = re.compile(r"(?<=[\w%+ '-])@(?=[ \w\[])", re.ASCII)
_LOCAL = re.compile(rf"[ ]?[{_LETTER}0-9_%+'-](?:[{_LETTER}0-9_%+'-]|\.(?=[{_LETTER}0-9_%+'-])){{0,63}}")  # read backwards from the @
_DOMAIN = re.compile(rf"(?:[{_LETTER}0-9-]{{1,63}}\.){{1,5}}[A-Za-z]{{2,18}}(?![A-Za-z0-9-])|\[(?:\d{{1,3}}\.){{3}}\d{{1,3}}\]")
_SPOKEN_AT = re.compile(r"[(\[{<] ?(?:[Aa][Tt]|@) ?[)\]}>]|(?<=\w) (?:at|AT|@) (?=[\w-]{1,63} ?(?:\.|dot|DOT|[(\[{]) ?)")
_BRACKETED_AT = re.compile(r"[(\[{<] ?(?:[Aa][Tt]|@)")
_DOT = r"(?:[ ]?\.[ ]?|[ ]{0,2}[(\[{<][ ]?(?:dot|\.)[ ]?[)\]}>][ ]{0,2}|[ ]dot[ ])"
_SPOKEN_DOMAIN = re.compile(rf"[ ]{{0,2}}(?:[a-z0-9-]{{1,63}}{_DOT}){{1,4}}?(?:com|org|net|edu|gov|mil|info|(?:ac|co|org|edu|com"
    rf"|nhs){_DOT}[a-z]{{2}}|[a-z]{{2}})(?![a-z0-9-])", re.I)
_URL = re.compile(rf"(?:[A-Za-z]{{3,6}}://|www\d?\.(?=[{_LETTER}0-9]))[{_LETTER}0-9\-._~:/?#\[\]@!$&'()*+,;=%|]{{2,}}", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?|hxxps?|s?ftps?)://|www", re.IGNORECASE)
_COUNTRIES = (
    "at|au|be|br|ca|ch|cn|co|cz|de|dk|es|eu|fi|fr|gr|hk|hu|ie|il|in|info|int|io|ir|it|jp|kr|me|mx|nl|no|nz|pl|pt|ro|ru|se|sg"
    "|tr|tv|tw|uk|us|za"
)
_SITE = re.compile(
    rf"\.(?:(?:com|org|net|edu|gov|mil)(?:\.[a-z]{{2}})?|(?:ac|co|nhs)\.[a-z]{{2}}|COM|ORG|NET|EDU|GOV"
    rf"|(?P<country>{_COUNTRIES}))(?![A-Za-z0-9@-])(?!\.[A-Za-z0-9])"
    r"(?P<path>(?::\d{2,5})?/[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)?"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){1,79}", re.IGNORECASE)  # read backwards from the top-level domain
_SITE_CUE = re.compile(r"(?:网址|网站|(?:site|web|page|visit|url|link|online|domain|portal|blog)\b)[^\n.]{0,20}$", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:[a-z]+://)?(?:(?:[a-z0-9-]+\.){0,6}?(?:doi\.org|ncbi\.nlm\.nih\.gov|pubmed\.gov|pubmedcentral\.nih\.gov|europepmc\.org|(?:ar"
    r"|med|bio)[rx]xiv\.org"
    r"|creativecommons\.org|(?:clinical)?trials\.gov|wiki[pm]edia\.org|radiopaedia\.org|(?:wileyonline|onlinelibrary)[a-z.]*|lww\.com"
    r"|sciencedirect\.com"
    r"|springer(?:link|nature|open)?\.com|nature\.com|elsevier(?:health)?\.com|biomedcentral\.com|plos(?:one)?\.org|frontiersin\.org"
    r"|mdpi\.com|hindawi\.com|bmj\.com"
    r"|thelancet\.com|nejm\.org|jamanetwork\.com|tandfonline\.com|sagepub\.com|oup\.com|karger\.com|thieme[a-z-]*\.[a-z]{2,3}"
    r"|rsna\.org|ajronline\.org|biij\.org)"
    r"(?![\w-])|[^\s]{4,200}doi[=/:]10\.)",
    re.IGNORECASE | re.ASCII,
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_OCTETS = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d")
_IP4 = re.compile(rf"(?<![\w.-])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w-]|\.\d)(?::\d{{2,5}}(?!\d)|/\d\d?(?![\d/]))?", re.ASCII)
_IP6 = re.compile(r"(?<![\w.])(?<![\da-f:]:)(?=[\da-f]|::)(?:[\da-f]{0,4}:){2,8}[\da-f]{0,4}(?![\w:])", re.IGNORECASE | re.ASCII)
_LARGE = re.compile(r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|(?:\d+\.){0,3}\d{3}")  # private networks, or an octet over 99
_IP_CUE = re.compile(r"\b(?:ipv?[46]?|address|host|server|gateway|dns|ping|ssh|node|login|logged in|peer|proxy"
    r"|pacs)\b[^\n]{0,20}$", re.IGNORECASE)
_NO_IP_CUE = re.compile(r"(?:\bec|\bv|version|ver\.?|release|section|chapter|table|§|software|fig\.?|figure|item"
    r"|appendix)[ :]{0,2}$", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.@/%])@[a-z_](?:[a-z0-9_]|\.(?=[a-z0-9_])){2,29}(?![\w@])", re.IGNORECASE | re.ASCII)
_WORDS_BEHIND_AT = "@the @and @with @room @rest @day @week @month @baseline @admission @discharge @birth @level @about @approx"
_NO_HANDLE = frozenset(_WORDS_BEHIND_AT.split())
_NETWORK = re.compile(
    r"\b(?:twitter|instagram|facebook|skype|wechat|telegram|snapchat|tiktok|linkedin|user ?name|screen ?name)(?: (?:id|name|handle"
    r"|account|user ?name))?"
    r"(?: is|\s?[:=])\s{0,2}(?![@\s])(?P<name>[a-z0-9_](?:[a-z0-9_-]|\.(?=[a-z0-9])){2,39})",
    re.IGNORECASE | re.ASCII,
)


def found(text: str) -> Iterator[Found]:
    """Mail ('name (at) host . org' too), URLs, IPv4 and IPv6; names on social networks as account. Finds may lie over each other."""
    if not (":" in text or "." in text or "@" in text or " dot " in text) and text.isascii():
        return
    text = plain(text)
    colon = ":" in text
    if "@" in text:
        yield from _mails(text)
        yield from (Found(*match.span(), "account") for match in _HANDLE.finditer(text) if match[0].lower() not in _NO_HANDLE)
    if " dot " in text or " DOT " in text or _BRACKETED_AT.search(text):
        yield from _spoken_mails(text)
    if "://" in text or "www" in text or "WWW" in text or "Www" in text:
        yield from _links(text)
    yield from _sites(text)
    if _OCTETS.search(text):
        yield from _networks(text)
    if colon and text.count(":") > 1:
        yield from (Found(*match.span(), "ip") for match in _IP6.finditer(text) if _is_ip6(match[0]))
    if colon or "@" in text:
        yield from (Found(*match.span("name"), "account") for match in _NETWORK.finditer(text))


def _mails(text: str) -> Iterator[Found]:
    end = 0
    for at in _AT.finditer(text):
        spaced = text[at.end()] == " "
        domain = (_SPOKEN_DOMAIN if spaced else _DOMAIN).match(text, at.end())
        local = _LOCAL.match(text[max(at.start() - 66, 0) : at.start()][::-1]) if domain and at.start() > end else None
        if domain and local and (spaced or not local[0].startswith(" ")):
            end = domain.end()
            yield Found(at.start() - local.end(), end, "email")


def _spoken_mails(text: str) -> Iterator[Found]:
    for at in _SPOKEN_AT.finditer(text):
        domain = _SPOKEN_DOMAIN.match(text, at.end())
        local = _LOCAL.match(text[max(at.start() - 66, 0) : at.start()][::-1]) if domain else None
        if domain and local and (at[0].strip() not in ("at", "AT") or " dot " in domain[0].lower()):
            yield Found(at.start() - local.end(), domain.end(), "email")


def _links(text: str) -> Iterator[Found]:
    for match in _URL.finditer(text):
        link = _trimmed(match[0])
        if _SCHEME.match(link) and not _PUBLISHED.match(link):
            yield Found(match.start(), match.start() + len(link), "url")


def _sites(text: str) -> Iterator[Found]:
    """Hosts without a scheme: of a general top-level domain anywhere, of a country's only with a path or a word for a site before them."""
    for match in _SITE.finditer(text):
        host = _HOST.match(text[max(match.start() - 80, 0) : match.start()][::-1])
        if host is None or not any(map(str.isalpha, host[0])):
            continue
        start = match.start() - host.end()
        if text[max(start - 1, 0) : start] in ("@", "/", ".", "-", "_") or _PUBLISHED.match(text[start : match.end()]):
            continue
        if not match["country"] or match["path"] or _SITE_CUE.search(text[max(start - 40, 0) : start]):
            yield Found(start, start + len(_trimmed(text[start : match.end()])), "url")


def _trimmed(link: str) -> str:
    """Without the marks of the sentence around it; a closing bracket stays if the link opens it."""
    while link and (link[-1] in ".,;:!?'*|" or (link[-1] in ")]" and link.count(link[-1]) > link.count("(" if link[-1] == ")" else "["))):
        link = link[:-1]
    return link


def _networks(text: str) -> Iterator[Found]:
    """Four octets that are no version, section or enzyme number: small ones only where a word announces them."""
    for match in _IP4.finditer(text):
        before = text[max(match.start() - 30, 0) : match.start()]
        if _IP_CUE.search(before) or (_LARGE.match(match[0]) and not _NO_IP_CUE.search(before)):
            yield Found(*match.span(), "ip")


def _is_ip6(address: str) -> bool:
    """Neither a time, nor a row of dilutions, nor 'a::b' of a programmer."""
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    groups = [group for group in address.split(":") if group]
    return len(groups) >= 3 and any(map(str.isdigit, address)) and ("::" in address or any(map(str.isalpha, address)))
