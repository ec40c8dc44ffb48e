"""Names of places that are larger than a town, and no address: states of the United States, countries"""

from __future__ import annotations

_CODES = (  # noqa: SIM905
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX"
    " UT VT VA WA WV WI WY DC PR"
).split()
_NAMES = (  # noqa: SIM905
    "Alabama,Alaska,Arizona,Arkansas,California,Colorado,Connecticut,Delaware,Florida,Georgia,Hawaii,Idaho,Illinois,Indiana,Iowa,Kansas"
    ",Kentucky,Louisiana,"
    "Maine,Maryland,Massachusetts,Michigan,Minnesota,Mississippi,Missouri,Montana,Nebraska,Nevada,New Hampshire,New Jersey,New"
    " Mexico,New York,North Carolina,"
    "North Dakota,Ohio,Oklahoma,Oregon,Pennsylvania,Rhode Island,South Carolina,South Dakota,Tennessee,Texas,Utah,Vermont,Virginia,Wash"
    "ington,West Virginia,"
    "Wisconsin,Wyoming"
).split(",")
STATES = frozenset(name.lower() for name in _NAMES) | {
    "england",
    "scotland",
    "wales",
    "bavaria",
    "ontario",
    "quebec",
    "punjab",
    "kerala",
    "gujarat",
    "bihar",
    "queensland",
}
STATE = f"(?:{'|'.join([*_CODES, *_NAMES, *(name.upper() for name in _NAMES)])})"
COUNTRIES = frozenset(
    (  # noqa: SIM905
        "afghanistan,africa,albania,algeria,america,angola,antarctica,arabia,argentina,armenia,asia,australia,austria,azerbaijan,bahrai"
        "n,bangladesh,belarus,belgium,benin,"
        "bolivia,bosnia,botswana,brazil,britain,bulgaria,cambodia,cameroon,canada,chad,chile,china,colombia,congo,costa"
        " rica,croatia,cuba,cyprus,czech republic,denmark,"
        "dominican republic,ecuador,egypt,el salvador,eritrea,estonia,ethiopia,europe,fiji,finland,france,gabon,gambia,germany,ghana,gr"
        "eat britain,greece,guatemala,guinea,"
        "haiti,honduras,hong kong,hungary,iceland,india,indonesia,iran,iraq,ireland,israel,italy,ivory"
        " coast,jamaica,japan,jordan,kazakhstan,kenya,korea,kosovo,kuwait,laos,"
        "latin america,latvia,lebanon,liberia,libya,lithuania,luxembourg,madagascar,malawi,malaysia,mali,malta,mauritius,mexico,middle"
        " east,moldova,mongolia,montenegro,"
        "morocco,mozambique,myanmar,namibia,nepal,netherlands,new zealand,nicaragua,niger,nigeria,north america,north"
        " korea,norway,oman,pakistan,palestine,panama,"
        "papua new guinea,paraguay,peru,philippines,poland,portugal,puerto rico,qatar,romania,russia,rwanda,saudi"
        " arabia,senegal,serbia,sierra leone,singapore,slovakia,"
        "slovenia,somalia,south africa,south america,south korea,southeast asia,spain,sri lanka,sudan,sweden,switzerland,syria,taiwan,t"
        "anzania,thailand,the united states,"
        "togo,tunisia,turkey,uae,uganda,uk,ukraine,united kingdom,united states,uruguay,us,usa,u.s,u.s.a,uzbekistan,venezuela,vietnam,y"
        "emen,zambia,zimbabwe"
    ).split(",")
)
