"""The words that the made-up artists and songs are named with; nobody here exists.

Who gets which name is decided in `songs`.
"""

from __future__ import annotations

import random


def _list(names: str) -> list[str]:
    return " ".join(names.split()).split(", ")


# What tables, pages and search have to cope with, each as the name of one artist or song.
ODD_ARTISTS = {
    "norwegian hip hop": "Ærlig, Rolf Østå",
    "hip hop": "Moss, The Gardener",
    "indie pop": "Señora Kettle & the O'Dells",
}
ODD_TITLES = {
    "norway": ("Hjerte 💔", "Ålesund, æ savne dæ", "(Ikke) ring meg", "Én på én"),
    "global": (
        "<b>Loud</b>",
        "夜の硝子",
        "🌊🌊🌊",
        "별빛 우체국 (Starlight Post)",
        'The "Quiet" One',
    ),
}
CHRISTMAS_TITLES = {
    "norway": (
        "Jul i gamle gata", "Pepperkaker og glitter", "Snøen som falt i år", "Nissens fridag",
        "Lys i alle vinduer", "Tre netter før jul", "Ribbe for to", "Bjeller over Bryggen",
        "Julekveld på Værøy", "Stjernegutten", "Kom inn fra kulda", "Adventskalender",
    ),
    "global": (
        "Mistletoe Radio", "Snowed In on Sunday", "Bells on Juniper Street", "One More December",
        "Tinsel and Rain", "Sleigh for Two", "Santa Lost My Number", "Wrapped in Ribbon Red",
        "Fireside Postcards", "Cinnamon Eve",
    ),
}  # fmt: skip

FIRST_NAMES = _list("""Marte, Sunniva, Håkon, Iver, Tiril, Eirik, Vår, Ylva, Nora, Åse, Sondre,
    Live, Brage, Mathea, Jørgen, Embla, Torbjørn, Selma, Aksel, Ingeborg""")
LAST_NAMES = _list("""Fjell, Solheim, Nygård, Myhre, Bråten, Skogstad, Vik, Lyngmo, Tangvald,
    Østrem, Kvamsdal, Hauglid, Nordbø, Skår, Liaset, Brekkhus, Vollan, Haugerud, Sletten, Øygard,
    Ramsfjell, Tveitan, Lunde-Ask, Granmo""")
NORWEGIAN_BANDS = _list("""Kveldsvakt, Blåtimen, Guttane frå Fjøsen, SUNN1VA, Lillebror,
    Søndagsklubben, Nattrikken, Tåkelur, Fem På Flukt, Kald Kaffe, Mørketid, Jenter i Regn,
    Ullkåpe, Fetter Åge, Trikk 17, Fregnefjes, Gråpus, Ekko & Æra""")
BAND_FIRST = _list("""Midnight, Paper, Velvet, Static, Neon, Marble, Coral, Quiet, Electric,
    Golden, Hollow, Lucky, Silver, Motel, Plastic, Juniper""")
BAND_LAST = _list("""Canyon, Parade, Harbor, Foxes, Avenue, Bloom, Radio, Tigers, Ghost, Engine,
    Letters, Weather, Orchard, Theory, Satellites, Kid, Cinema, Lagoon, Postcards, Monday,
    Lions""")
SOLO_FIRST = _list("""Juniper, Dex, Lola, Rico, Ezra, Mavis, Yung, Cassidy, Big, Tobias, Odette,
    Wren, Clay, Saint""")
SOLO_LAST = _list("""E., Marlowe, Vantage, Okafor-Lind, Hollis, Reverie, Tempo, Ferris, Locke,
    Bellweather, Castellane, Dune""")
LATIN_FIRST = _list("Rey, Luna, Nico, Valeria, El Chico, Dulce, Mateo, La Reina")
LATIN_LAST = _list("Solano, Caribe, Montebravo, del Fuego, Zafiro, Cañaveral, Brisa")
AFRO_FIRST = _list("Temi, Kola, Zuri, Ade, Femi")
AFRO_LAST = _list("Sol, Bright, Lagoon, Savanne, Kingsley-O")
K_POP = _list("NOVA7, HALØS, MIRAE9, PRISM:A, LUMEN, Cherry Orbit, BL∆ZE, Soomin, D4WN")

PLACES = _list("""i Oslo, i Bergen, på Grünerløkka, i Tromsø, over havet, på hytta, i mars, i
    regnet, uten deg, med deg, hele natta, på vei hjem, for alltid, til Bodø, før sola står opp, i
    Lofoten, som før, for oss to""")
NORWEGIAN_STARTS = _list("""Snø, Lys, Regn, Sommer, Stille, Alene, Helt, Kaldt, Tusen år, Fredag,
    Ingenting, Alt, Hjem, Fest, Første gang, Vi to, Bare natt, Stjerner, Drømmer, Sola, Vinden,
    Gutta, Jenta, Bølger, Lenge, Langt, Trygg, Våken""")
NORWEGIAN_VERBS = _list("""danser, kjører, venter, løper, ler, synger, blir, faller, drømmer,
    leter, brenner, våkner, flyr, gråter""")
NORWEGIAN_WORDS = _list("""Åpen, Månelyst, Overalt, Ensom, Småting, Tilbake, Hele, Flyktig,
    Øyeblikk, Vertigo, Lykke, Kompis, Blåveis, Rastløs, Sannhet, Asfalt""")
ADJECTIVES = _list("""Summer, Last, Easy, Blue, Cold, Velvet, Broken, Plastic, Slow, Heavy, Secret,
    Saturday, Paper, Bitter, Golden, Wild, Second, Borrowed, Northern, Electric, Lonely, Sweet,
    Empty, Faded, Silver, Crooked, Midnight, Other, Hidden, Early, Distant, Little, Perfect,
    Ordinary, Reckless, Glass""")
NOUNS = _list("""Thunder, Gold, Letters, Water, Season, Fever, Engine, Heart, Machine, Morning,
    Party, Mirror, Highway, Ghost, Honey, Money, Signal, Garden, Crown, Shadow, Flight, Story,
    Ocean, Lights, Ceiling, Perfume, Habit, Smoke, Island, Window, Rumor, Static, Diamond, Tide,
    Skyline, Trouble, Pulse, Maze""")
VERBS = _list("Stay, Run, Call Me, Dance, Crash, Breathe, Hold On, Drive, Lie, Burn")
ENDINGS = _list("""Tonight, Again, for Nothing, Like You, Without You, in Color, Forever, Slowly,
    to the Moon, Somewhere, Anyway, by the Water, at Dawn, Twice""")
SPANISH = _list("Noche, Fuego, Luz, Playa, Besos, Corazón, Sombra, Fiesta, Miel, Olas")
SPANISH_ENDINGS = _list("de Enero, y Sal, en la Piel, Sin Ti, Contigo, de Papel, Otra Vez")
LABELS = {
    "norway": ("Fjordlyd", "Nordnes Musikk", "Granli Records", "Storgata Lyd AS", "Egen utgivelse"),
    "global": (
        "Meridian Records", "Lantern/Blue Door", "Harbor Nine", "Oakline Music, Inc.",
        "Parallel Sound", "Tidal Street Recordings", "Sable & Sons",
    ),
}  # fmt: skip


def artist_name(rng: random.Random, names: str) -> str:
    """Return a name for an artist of the kind that a genre calls `names`."""
    first, last = {
        "norwegian": (FIRST_NAMES, LAST_NAMES),
        "band": (BAND_FIRST, BAND_LAST),
        "solo": (SOLO_FIRST, SOLO_LAST),
        "latin": (LATIN_FIRST, LATIN_LAST),
        "afro": (AFRO_FIRST, AFRO_LAST),
        "k-pop": (K_POP, ("",)),
    }[names]
    if names == "norwegian" and rng.random() < 0.3:
        return rng.choice(NORWEGIAN_BANDS)
    return f"{rng.choice(first)} {rng.choice(last)}".strip()


def song_title(rng: random.Random, names: str) -> str:
    """Return a title for a song by an artist of that kind."""
    roll = rng.random()
    if names == "norwegian" and roll < 0.5:
        return f"{rng.choice(NORWEGIAN_STARTS)} {rng.choice(PLACES)}"
    if names == "norwegian" and roll < 0.85:
        return (
            f"{rng.choice(('Vi', 'Jeg', 'Du'))} {rng.choice(NORWEGIAN_VERBS)} {rng.choice(PLACES)}"
        )
    if names == "norwegian" and roll < 0.92:
        return rng.choice(NORWEGIAN_WORDS)
    if names == "latin" and roll < 0.75:
        return f"{rng.choice(SPANISH)} {rng.choice(SPANISH_ENDINGS)}"
    if roll < 0.3:
        return f"{rng.choice(VERBS)} {rng.choice(ENDINGS)}"
    if roll < 0.34:
        return rng.choice(NOUNS)
    if roll < 0.5:
        return f"{rng.choice(NOUNS)} {rng.choice(ENDINGS)}"
    return f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
