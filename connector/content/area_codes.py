"""Area codes whose ground lies in more zones than the numbering data knows of.

`phonenumbers` (9.0.43) gives most +1 area codes one zone, for some the wrong one: Chattanooga's
423 is Eastern and listed as Chicago, western Kentucky's 270 is Central and listed as New York.
What is added here can only shorten the hours in which somebody is called, never lengthen them.
"""

from __future__ import annotations

_EASTERN = ("America/New_York",)
_CENTRAL = ("America/Chicago",)
_MOUNTAIN = ("America/Denver",)
_IDAHO = ("America/Boise",)

#: Area code -> zones in which a number with it may be, besides those of the numbering data.
MORE_ZONES: dict[str, tuple[str, ...]] = {
    # Tennessee: the Eastern third is listed as Central; Middle Tennessee borders on it.
    "423": _EASTERN,
    "931": _EASTERN,
    # Kentucky: the west (and an overlay) is Central, and so are a few counties of the southeast.
    "270": _CENTRAL,
    "364": _CENTRAL,
    "606": _CENTRAL,
    # Indiana: the corners by Evansville, Gary and Starke County are Central.
    "812": _CENTRAL,
    "930": _CENTRAL,
    "219": _CENTRAL,
    "574": _CENTRAL,
    # Michigan's Upper Peninsula along Wisconsin; Florida's Panhandle with its overlay.
    "906": _CENTRAL,
    "850": _CENTRAL,
    "448": _CENTRAL,
    # Alabama's Phenix City keeps the time of Columbus, Georgia.
    "334": _EASTERN,
    # Kansas's western counties, Oklahoma's Kenton, Texas's far west.
    "620": _MOUNTAIN,
    "785": _MOUNTAIN,
    "580": _MOUNTAIN,
    "432": _MOUNTAIN,
    "915": _CENTRAL,
    # The Dakotas and western Nebraska are cut in two.
    "605": _CENTRAL + _MOUNTAIN,
    "701": _CENTRAL + _MOUNTAIN,
    "308": _CENTRAL + _MOUNTAIN,
    # Oregon's Malheur County and all of southern Idaho; the Navajo Nation in Arizona keeps summer time.
    "541": _IDAHO,
    "458": _IDAHO,
    "208": _IDAHO,
    "928": _MOUNTAIN,
    # Canada: northwestern Ontario, British Columbia's Rockies, Quebec's Magdalen Islands,
    # Lloydminster, Saskatchewan's newest overlay, and the three territories on one code.
    "807": ("America/Winnipeg",),
    "250": ("America/Edmonton",),
    "236": ("America/Edmonton",),
    "672": ("America/Edmonton",),
    "778": ("America/Edmonton",),
    "418": ("America/Halifax",),
    "581": ("America/Halifax",),
    "367": ("America/Halifax",),
    "306": ("America/Edmonton",),
    "639": ("America/Edmonton",),
    "474": ("America/Regina", "America/Edmonton"),
    "867": ("America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Iqaluit"),
}
