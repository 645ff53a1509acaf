"""What made-up pitches and people are put together from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FIRST_NAMES: Final = (
    *("Ada", "Amara", "Anouk", "Bela", "Bruno", "Carmen", "Chidi", "Clara", "Dario", "Dinah"),
    *("Ebba", "Elif", "Emeka", "Esther", "Farid", "Fiona", "Gael", "Greta", "Hana", "Henrik"),
    *("Ibrahim", "Ines", "Ivo", "Jamila", "Jonas", "Judith", "Kaito", "Katja", "Keira", "Lars"),
    *("Leila", "Lucia", "Malik", "Mara", "Mateo", "Mina", "Nadia", "Nils", "Noor", "Olga"),
    *("Oscar", "Paloma", "Petra", "Quentin", "Rafael", "Rosa", "Samir", "Selma", "Tariq", "Tessa"),
    *("Uma", "Viktor", "Wanda", "Xenia", "Yara", "Yusuf", "Zadie", "Zoran"),
)
LAST_NAMES: Final = (
    *("Abara", "Adler", "Almeida", "Baptiste", "Bergman", "Bianchi", "Cardoso", "Castellan"),
    *("Dahl", "Delgado", "Duarte", "Eklund", "Farouk", "Ferrante", "Fonseca", "Gallagher"),
    *("Haddad", "Halloran", "Hoffer", "Ishida", "Ivanova", "Jansen", "Kaplan", "Keller"),
    *("Kowal", "Laurent", "Lindqvist", "Lopes", "Marchetti", "Mbeki", "Moreau", "Nakata"),
    *("Novak", "Obi", "Okonjo", "Ortega", "Pappas", "Petrov", "Quiroga", "Rahimi"),
    *("Reyes", "Rossi", "Sandoval", "Sato", "Sorensen", "Tanaka", "Torres", "Ueda"),
    *("Valente", "Vargas", "Weiss", "Winter", "Yilmaz", "Zeller"),
)
ADJECTIVES: Final = (
    *("Amber", "Borrowed", "Broken", "Burning", "Careful", "Crooked", "Distant", "Drowned"),
    *("Electric", "Empty", "Fading", "Feral", "Final", "Folded", "Forgotten", "Gentle"),
    *("Gilded", "Hollow", "Honest", "Hundredth", "Invisible", "Last", "Late", "Lonely"),
    *("Lucky", "Midnight", "Missing", "Narrow", "Northern", "Open", "Ordinary", "Painted"),
    *("Patient", "Quiet", "Restless", "Salted", "Second", "Secret", "Silver", "Sleeping"),
    *("Slow", "Stolen", "Sudden", "Tender", "Thirteenth", "Unfinished", "Unwritten", "Velvet"),
    *("Wandering", "Winter", "Wrong"),
)
NOUNS: Final = (
    *("Archive", "Ballad", "Bridge", "Cartographer", "Choir", "Circus", "Clockmaker", "Colony"),
    *("Compass", "Confession", "Daughter", "Dictionary", "Dinner", "Embassy", "Engine", "Estuary"),
    *("Ferry", "Festival", "Frequency", "Garden", "Glacier", "Harbour", "Harvest", "Horizon"),
    *("Hotel", "Inheritance", "Interpreter", "Island", "Jury", "Kingdom", "Lantern", "Letter"),
    *(
        "Lighthouse",
        "Locksmith",
        "Machine",
        "Matinee",
        "Meridian",
        "Mirror",
        "Neighbour",
        "Notebook",
    ),
    *(
        "Observatory",
        "Orchard",
        "Orchestra",
        "Passenger",
        "Photograph",
        "Piano",
        "Promise",
        "Quarry",
    ),
    *("Railway", "Recipe", "River", "Satellite", "Season", "Signal", "Sister", "Stairwell"),
    *("Station", "Stranger", "Summer", "Telescope", "Theatre", "Tide", "Translator", "Treaty"),
    *("Tunnel", "Understudy", "Verdict", "Village", "Vineyard", "Voyage", "Waltz", "Window"),
)
PLACES: Final = (
    *("Asmara", "Bergen", "Cadiz", "Cork", "Dakar", "Dresden", "Gdansk", "Ghent", "Hanoi", "Izmir"),
    *("Lisbon", "Lund", "Lviv", "Marseille", "Montevideo", "Nagoya", "Naples", "Oaxaca", "Odense"),
    *(
        "Porto",
        "Quito",
        "Riga",
        "Salta",
        "Split",
        "Tangier",
        "Tartu",
        "Trieste",
        "Turin",
        "Valparaiso",
    ),
)
HEROES: Final = (
    *(
        "a night-shift nurse",
        "a retired boxer",
        "a court interpreter",
        "a disgraced chess champion",
    ),
    *(
        "a lighthouse keeper's daughter",
        "an apprentice locksmith",
        "a train driver",
        "a radio host",
    ),
    *(
        "a widowed beekeeper",
        "a bankrupt theatre director",
        "a small-town coroner",
        "a deaf pianist",
    ),
    *("a customs officer", "a young cartographer", "an insurance investigator", "a wedding singer"),
    *("a mountain guide", "a former child star", "a substitute teacher", "a ferry captain"),
    *(
        "a museum guard",
        "the elder of two estranged sisters",
        "a junior diplomat",
        "a seismologist",
    ),
    *("a ghostwriter", "an exiled chef", "a school bus driver", "a glaciologist"),
    *("a translator of love letters", "a stunt double", "a village doctor", "a piano tuner"),
)
TURNS: Final = (
    "finds a letter that was never meant to arrive",
    "inherits a house that everybody else refuses to enter",
    "wakes up with the memories of somebody who has vanished",
    "is the only witness of something that officially never happened",
    "takes the place of a stranger at a funeral",
    "discovers a room that is on no plan of the building",
    "is asked to finish what a dead rival began",
    "hears a voice on a frequency that was closed for decades",
    "loses a wager that should have been impossible to lose",
    "meets the person whose name is on the forged passport",
    "receives a call from a number that was cut off years ago",
    "agrees to one last favour for an old friend",
    "is mistaken for the heir of a family at war with itself",
    "finds the film that was said to have been burned",
    "comes home to a town where nobody remembers the flood",
    "is given seven days to sell what cannot be sold",
    "breaks the one rule that has kept the valley at peace",
    "wins a competition that was meant to be lost",
)


@dataclass(frozen=True)
class Genre:
    """`weight`: how common it is among pitches. `aims` follow "and must", `stakes` end the sentence."""

    weight: int
    aims: tuple[str, ...]
    stakes: tuple[str, ...]


GENRES: Final[Mapping[str, Genre]] = {
    "drama": Genre(
        18,
        (
            "forgive the one person who cannot be forgiven",
            "tell the truth to a family built on silence",
        ),
        (
            "before the last train leaves",
            "while the whole town is watching",
            "before winter closes the pass",
        ),
    ),
    "comedy": Genre(
        14,
        (
            "pretend to be an expert in front of real ones",
            "keep three weddings from finding out about each other",
        ),
        (
            "without losing the dog",
            "before the guests arrive",
            "while the landlord is still asleep",
        ),
    ),
    "thriller": Genre(
        13,
        ("get across a sealed border", "prove that the evidence was planted"),
        (
            "before the witness is silenced",
            "while every call is listened to",
            "with nobody left to trust",
        ),
    ),
    "horror": Genre(
        9,
        ("stay awake until dawn", "bury what keeps coming back"),
        (
            "as the house learns their names",
            "before the well fills again",
            "while the bells ring by themselves",
        ),
    ),
    "science-fiction": Genre(
        9,
        (
            "decide which of two futures is allowed to happen",
            "repair a ship that does not want to return",
        ),
        ("before the signal repeats", "with air for nine hours", "while time runs faster below"),
    ),
    "crime": Genre(
        8,
        ("steal back what was never theirs", "find the informer among old friends"),
        ("before the trial begins", "in a single night", "while the river is still high"),
    ),
    "romance": Genre(
        7,
        ("choose between two promises", "write the letters for somebody else's love"),
        (
            "before the island empties for the winter",
            "in the four days of a strike",
            "without ever meeting",
        ),
    ),
    "adventure": Genre(
        5,
        ("follow a map that changes each night", "bring a piano over the mountains"),
        (
            "ahead of the storm",
            "with a crew that wants to mutiny",
            "before the desert takes the road",
        ),
    ),
    "fantasy": Genre(
        5,
        ("bargain with the river for its drowned", "return a crown to a kingdom under the lake"),
        (
            "before the moon is whole",
            "at the price of their own name",
            "while the trees are still speaking",
        ),
    ),
    "mystery": Genre(
        4,
        ("explain a locked room to a jury of liars", "find out who paints the same face each year"),
        (
            "before the tide covers the causeway",
            "while the snow keeps everybody in",
            "with one clue too many",
        ),
    ),
    "history": Genre(
        3,
        ("hide an orchestra from an army", "carry a treaty through an occupied city"),
        ("on the eve of the revolution", "in the last week of the war", "before the archive burns"),
    ),
    "family": Genre(
        3,
        ("save the travelling zoo", "teach a grandfather to fly"),
        (
            "before the holidays end",
            "without telling the grown-ups",
            "with the help of a very old goose",
        ),
    ),
    "music": Genre(
        2,
        ("bring the band together for one concert", "finish the song that ended a friendship"),
        ("before the club is torn down", "live on the radio", "with half the instruments pawned"),
    ),
}
SYNOPSES: Final = (
    "The first act stays close to {hero}, whose days in {place} follow the same small order until the evening that ends it.",
    "What begins as an accident soon looks like somebody's plan, and each answer costs a friend.",
    "At its middle the story turns: the person who was looked for has been in the room from the beginning.",
    "A subplot follows the other side, with a humour that makes the last third hurt.",
    "Most of it plays in {place}, in two seasons, with a cast of seven and few nights of shooting outdoors.",
    "The ending is decided by one choice made in silence, and the last image answers the first.",
    "The tone is warm and exact; violence stays outside of the frame, and what is said is rarely what is meant.",
    "We have a first draft, a mood reel, and a commitment from a director of photography.",
)
MESSAGES: Final = (
    "We are looking for stories like this one for next year's slate and would love to read the synopsis.",
    "Our fund closes its round in spring; could we see the materials before that?",
    "A colleague recommended this. Happy to sign whatever you need.",
    "We have produced two films in this genre and know the market well.",
    "",
)
