"""What streets are called, for the patterns of addresses.py"""

from __future__ import annotations

# United States Postal Service, Publication 28, Appendix C1 (2015), and what Britain, India and Australia add: names that say a street ...
SURE = (
    "Alley|Avenue|Boulevard|Bypass|Causeway|Chowk|Colony|Crescent|Crossroad|Crossroads|Cul-de-sac|Drive|Expressway|Freeway|Gardens"
    "|Gate|Grove|Heights|Highway|Junction|Lane|Lodge|Manor|Marg|Mews"
    "|Motorway|Nagar|Overpass|Parade|Parkway|Parkways|Plaza|Promenade|Road|Roads|Route|Sarani|Skyway|Street|Streets|Terrace|Throughway"
    "|Trafficway|Turnpike|Underpass|Viaduct|Villas|Zila"
    "|St|Ave|Rd|Ln|Blvd|Pkwy|Hwy|Cres|Expy|Tpke"
)
# ... and those that other things are called by too
UNSURE = (
    "Annex|Arcade|Av|Bay|Bayou|Beach|Bend|Bluff|Bluffs|Bottom|Branch|Bridge|Brook|Brooks|Burg|Burgs|Camp|Canyon|Cape|Center|Centers"
    "|Circle|Circles|Cir|Cliff|Cliffs|Close|Club|Common|Commons|Corner|Corners"
    "|Course|Court|Courts|Cove|Coves|Creek|Crest|Crossing|Ct|Curve|Dale|Dam|Divide|Dr|Drives|Estate|Estates|Extension|Fall|Falls|Ferry"
    "|Field|Fields|Flat|Flats|Ford|Fords|Forest|Forge|Forges|Fork|Forks|Fort"
    "|Garden|Gateway|Glen|Glens|Green|Greens|Groves|Harbor|Harbors|Haven|Hill|Hills|Hollow|Inlet|Island|Islands|Isle|Junctions|Key"
    "|Keys|Knoll|Knolls|Lake|Lakes|Land|Landing|Light|Lights|Loaf|Lock|Locks|Loop"
    "|Mall|Manors|Meadow|Meadows|Mill|Mills|Mission|Mount|Mountain|Mountains|Neck|Orchard|Oval|Park|Parks|Pass|Passage|Path|Pike|Pine"
    "|Pines|Pl|Place|Plain|Plains|Point|Points|Port|Ports|Prairie|Radial|Ramp|Ranch"
    "|Rapid|Rapids|Rest|Ridge|Ridges|River|Row|Run|Shoal|Shoals|Shore|Shores|Spring|Springs|Spur|Spurs|Sq|Square|Squares|Station"
    "|Stravenue|Stream|Summit|Ter|Trace|Track|Trail|Trailer|Tunnel|Union|Unions"
    "|Valley|Valleys|View|Views|Village|Villages|Ville|Vista|Walk|Walks|Wall|Way|Ways|Well|Wells"
)
