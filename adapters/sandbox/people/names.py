"""Invented names, topics and ways to answer. Any likeness is chance."""

from __future__ import annotations

FIRST_NAMES = (
    *("Dana", "Marcus", "Priya", "Elena", "Theo", "Grace", "Omar", "Hannah", "Luis", "Mei"),
    *("Jonah", "Nadia", "Caleb", "Ruth", "Andre", "Sofia", "Ian", "Leila", "Victor", "June"),
    *("Amara", "Felix", "Rosa", "Dmitri", "Noor", "Wesley", "Ingrid", "Hector", "Paula", "Samir"),
    *("Tessa", "Malik", "Yuki", "Owen", "Carmen", "Silas", "Farah", "Nolan", "Bianca", "Kofi"),
)
LAST_NAMES = (
    *("Whitlow", "Okafor", "Raman", "Castellan", "Brandt", "Holloway", "Haddad", "Lindqvist", "Moreno"),
    *("Tanaka", "Abernathy", "Kowalski", "Dupree", "Feld", "Ibarra", "Nyberg", "Osei", "Petrov"),
    *("Quill", "Rosario", "Sandoval", "Thackeray", "Underhill", "Vance", "Winslow", "Yarrow", "Zeller"),
    *("Ashby", "Beaumont", "Crane", "Delgado", "Eastman", "Farrow", "Goss", "Hale", "Ivers", "Jessop"),
    *("Kerr", "Lovell", "Marsh", "Novak", "Orr", "Pike", "Reyes", "Stroud", "Tolland", "Voss"),
)
TOPICS = (
    "the two-bedroom apartment on Linden Street",
    "the brick house with the garden on Alder Lane",
    "the loft above the old print shop",
    "the three-bedroom house near Fairview School",
    "the townhouse with the garage on Mill Road",
    "selling a two-family house this spring",
    "the studio by the river with the south balcony",
    "the corner lot on Quarry Hill",
    "the ranch house with the workshop",
    "the condo in the Harbor Point building",
    "renting out a furnished apartment for a year",
    "the farmhouse with four acres on Route 9",
    "the ground-floor flat with step-free access",
    "the new homes at Cedar Crossing",
    "the duplex on Juniper Avenue",
)
ANSWERS = (
    "Yes still looking. Is it available from May?",
    "hi, what are the monthly costs all in",
    "Can we see it Saturday morning?",
    "Does it have parking? We have two cars.",
    "Thanks for getting back so fast. Are dogs ok?",
    "how old is the roof",
    "We'd need three bedrooms really, do you have anything else like it?",
    "I'm at work until 5, can somebody call me after that?",
    "What did the neighbors' place go for?",
    "Is the price negotiable at all",
    "My husband wants to know about the school district.",
    "ok sounds good, tell me more",
    "Is there a floor plan you can send me?",
    "Who is this? Did I write to you on the website?",
    "Yes please! When could we come by?",
    "is the basement dry",
    "We are pre-approved and would like to move quickly.",
    "Depends on the price. We can go up to 480.",
)
REFUSALS = (
    "please take me off your list",
    "not interested, don't text me again",
    "Wrong number, please remove me",
    "stop contacting me",
)
KEYWORDS = ("STOP", "Stop", "unsubscribe", "QUIT")

# Area codes that lie in one zone, with that zone. Numbers are of the block kept for fiction, 555-01XX.
AREA_CODES = (
    *((code, "America/New_York") for code in ("212", "617", "404", "215", "305", "412", "216", "919")),
    *((code, "America/Chicago") for code in ("312", "713", "214", "504", "612", "414", "816", "615")),
    *((code, "America/Denver") for code in ("303", "801", "505")),
    *((code, "America/Los_Angeles") for code in ("415", "206", "503", "702", "213")),
    ("602", "America/Phoenix"),
)
