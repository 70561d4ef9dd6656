"""How people call things: for every fact the words for it, right, vague and wrong, with weights.

The weights of one row are relative; wrong and vague words are put in at the rates below.
"""

from collections.abc import Mapping
from types import MappingProxyType

Calls = Mapping[str, float]

WRONG = 0.05
"""How often a colour is called by a name that is wrong, as people do it."""
VAGUE = 0.05
"""How often only `dark`, `light` or `bright` is said of a colour."""

RIGHT_COLOURS: Mapping[str, Calls] = {
    "black": {"black": 1.0},
    "white": {"white": 0.95, "off-white": 0.05},
    "grey": {"gray": 0.55, "grey": 0.4, "light gray": 0.05},
    "dark grey": {"dark gray": 0.5, "dark grey": 0.3, "gray": 0.1, "charcoal": 0.1},
    "red": {"red": 0.95, "bright red": 0.05},
    "dark red": {"dark red": 0.4, "maroon": 0.3, "burgundy": 0.2, "wine red": 0.1},
    "blue": {"blue": 0.9, "royal blue": 0.1},
    "dark blue": {"dark blue": 0.5, "navy": 0.15, "navy blue": 0.25, "blue": 0.1},
    "light blue": {"light blue": 0.65, "sky blue": 0.15, "pale blue": 0.1, "blue": 0.1},
    "turquoise": {"turquoise": 0.5, "teal": 0.35, "blue-green": 0.15},
    "green": {"green": 1.0},
    "dark green": {"dark green": 0.6, "olive": 0.2, "forest green": 0.1, "green": 0.1},
    "yellow": {"yellow": 0.95, "bright yellow": 0.05},
    "orange": {"orange": 1.0},
    "pink": {"pink": 0.85, "light pink": 0.15},
    "purple": {"purple": 0.85, "violet": 0.15},
    "brown": {"brown": 0.85, "dark brown": 0.15},
    "beige": {"beige": 0.45, "tan": 0.3, "khaki": 0.15, "cream colored": 0.1},
}
MISTAKEN: Mapping[str, tuple[str, ...]] = {
    "black": ("navy", "dark gray", "dark blue"), "white": ("light gray", "cream colored"),
    "grey": ("green", "light blue", "silver"), "dark grey": ("black", "dark green"),
    "red": ("orange", "pink"), "dark red": ("red", "brown", "purple"),
    "blue": ("purple", "dark blue"),
    "dark blue": ("black", "purple"), "light blue": ("gray", "white"),
    "turquoise": ("green", "light blue"), "green": ("dark green", "blue"),
    "dark green": ("black", "gray", "brown"), "yellow": ("orange", "gold"),
    "orange": ("red", "yellow"),
    "pink": ("red", "purple"), "purple": ("blue", "pink"), "brown": ("dark red", "black"),
    "beige": ("white", "gray", "yellow"),
}  # fmt: skip
DARK = ("black", "dark grey", "dark red", "dark blue", "dark green", "brown", "purple")
LIGHT = ("white", "light blue", "pink", "beige", "grey")
BRIGHT = ("red", "yellow", "orange", "turquoise", "green", "blue")


def _colours() -> dict[str, Calls]:
    calls: dict[str, Calls] = {}
    for colour, right in RIGHT_COLOURS.items():
        vague = "dark" if colour in DARK else "light colored" if colour in LIGHT else "bright"
        row = {word: weight * (1 - WRONG - VAGUE) for word, weight in right.items()}
        for word in MISTAKEN[colour]:
            row[word] = row.get(word, 0.0) + WRONG / len(MISTAKEN[colour])
        row[vague] = VAGUE
        calls[colour] = MappingProxyType(row)
    return calls


COLOURS: Mapping[str, Calls] = MappingProxyType(_colours())
HAIR_COLOURS: Mapping[str, Calls] = {
    "black": {"black": 0.84, "dark": 0.12, "dark brown": 0.04},
    "dark brown": {"dark brown": 0.40, "brown": 0.32, "dark": 0.18, "black": 0.10},
    "brown": {"brown": 0.82, "light brown": 0.12, "dark blonde": 0.06},
    "blond": {"blonde": 0.62, "blond": 0.28, "light": 0.06, "light brown": 0.04},
    "red": {"red": 0.62, "ginger": 0.18, "reddish": 0.12, "auburn": 0.08},
    "grey": {"gray": 0.55, "grey": 0.38, "white": 0.07},
    "white": {"white": 0.82, "gray": 0.12, "silver": 0.06},
}
UPPERS: Mapping[str, Calls] = {
    "t-shirt": {"t-shirt": 0.45, "tee shirt": 0.08, "shirt": 0.30, "tee": 0.05, "top": 0.12},
    "polo shirt": {"polo shirt": 0.55, "polo": 0.15, "shirt": 0.24, "collared shirt": 0.06},
    "tank top": {"tank top": 0.66, "sleeveless top": 0.14, "vest top": 0.08, "top": 0.12},
    "shirt": {"shirt": 0.52, "button-up shirt": 0.14, "button down shirt": 0.12,
              "dress shirt": 0.10, "collared shirt": 0.07, "top": 0.05},
    "blouse": {"blouse": 0.60, "shirt": 0.16, "top": 0.24},
    "sweater": {"sweater": 0.58, "pullover": 0.14, "jumper": 0.10, "sweatshirt": 0.14, "top": 0.04},
    "hoodie": {"hoodie": 0.50, "hooded sweatshirt": 0.16, "hooded jacket": 0.14, "sweatshirt": 0.14,
               "hoody": 0.06},
    "jacket": {"jacket": 0.88, "coat": 0.12},
    "puffer jacket": {"puffer jacket": 0.24, "down jacket": 0.20, "padded jacket": 0.12,
                      "puffy jacket": 0.14, "quilted jacket": 0.06, "jacket": 0.12,
                      "winter coat": 0.12},
    "blazer": {"blazer": 0.42, "suit jacket": 0.34, "jacket": 0.24},
    "coat": {"coat": 0.52, "long coat": 0.22, "overcoat": 0.12, "trench coat": 0.08,
             "jacket": 0.06},
    "dress": {"dress": 1.0},
}  # fmt: skip
LOWERS: Mapping[str, Calls] = {
    "trousers": {"pants": 0.56, "trousers": 0.26, "slacks": 0.12, "dress pants": 0.06},
    "jeans": {"jeans": 0.80, "pants": 0.12, "denim pants": 0.08},
    "leggings": {"leggings": 0.62, "tights": 0.14, "tight pants": 0.16, "pants": 0.08},
    "sweatpants": {"sweatpants": 0.44, "track pants": 0.20, "pants": 0.26, "joggers": 0.10},
    "shorts": {"shorts": 0.94, "short pants": 0.06},
    "skirt": {"skirt": 1.0},
}
SHOES: Mapping[str, Calls] = {
    "sneakers": {"sneakers": 0.44, "shoes": 0.34, "tennis shoes": 0.10, "running shoes": 0.08,
                 "trainers": 0.04},
    "shoes": {"shoes": 0.72, "dress shoes": 0.18, "leather shoes": 0.10},
    "boots": {"boots": 0.90, "shoes": 0.10},
    "sandals": {"sandals": 0.84, "flip flops": 0.10, "shoes": 0.06},
    "heels": {"high heels": 0.52, "heels": 0.34, "shoes": 0.14},
}  # fmt: skip
BAGS: Mapping[str, Calls] = {
    "backpack": {"backpack": 0.72, "rucksack": 0.08, "bag": 0.12, "book bag": 0.08},
    "shoulder bag": {"shoulder bag": 0.34, "messenger bag": 0.18, "bag": 0.26, "purse": 0.08,
                     "crossbody bag": 0.14},
    "handbag": {"handbag": 0.46, "purse": 0.30, "bag": 0.24},
    "tote bag": {"tote bag": 0.36, "tote": 0.12, "shoulder bag": 0.14, "bag": 0.30,
                 "handbag": 0.08},
    "shopping bag": {"shopping bag": 0.44, "bag": 0.26, "plastic bag": 0.20, "paper bag": 0.10},
    "suitcase": {"suitcase": 0.60, "rolling suitcase": 0.20, "trolley case": 0.06,
                 "luggage bag": 0.14},
}  # fmt: skip
HATS: Mapping[str, Calls] = {
    "cap": {"cap": 0.44, "baseball cap": 0.34, "hat": 0.22},
    "knitted hat": {
        "beanie": 0.44,
        "knit hat": 0.16,
        "knitted hat": 0.08,
        "hat": 0.22,
        "winter hat": 0.10,
    },
    "hat": {"hat": 0.74, "sun hat": 0.16, "brimmed hat": 0.10},
    "helmet": {"helmet": 0.80, "bike helmet": 0.20},
    "headscarf": {"headscarf": 0.62, "head scarf": 0.22, "hijab": 0.16},
}
GLASSES: Mapping[str, Calls] = {
    "glasses": {"glasses": 0.84, "eyeglasses": 0.16},
    "sunglasses": {"sunglasses": 0.82, "dark glasses": 0.08, "glasses": 0.10},
}
PHONES: Mapping[str, Calls] = {"phone": {"phone": 0.44, "cell phone": 0.40, "mobile phone": 0.16}}
SCARVES: Mapping[str, Calls] = {"scarf": {"scarf": 1.0}}
UMBRELLAS: Mapping[str, Calls] = {
    "umbrella": {"umbrella": 1.0},
    "striped umbrella": {"striped umbrella": 0.7, "umbrella": 0.3},
}
BICYCLES: Mapping[str, Calls] = {"bicycle": {"bicycle": 0.46, "bike": 0.54}}
BEARDS: Mapping[str, Calls] = {"beard": {"beard": 0.9, "facial hair": 0.1}}
PATTERNS: Mapping[str, Calls] = {
    "striped": {"striped": 1.0},
    "pinstriped": {"striped": 0.5, "pinstriped": 0.5},
    "checked": {"checkered": 0.30, "plaid": 0.44, "checked": 0.20, "flannel": 0.06},
    "dotted": {"polka dot": 0.60, "dotted": 0.22, "spotted": 0.18},
    "floral": {"floral": 0.56, "flowery": 0.18, "flower patterned": 0.20, "patterned": 0.06},
}
MARKS: Mapping[str, Calls] = {
    "striped": {"stripes": 1.0},
    "pinstriped": {"thin stripes": 0.5, "stripes": 0.3, "pinstripes": 0.2},
    "checked": {"checks": 0.5, "squares": 0.3, "a plaid pattern": 0.2},
    "dotted": {"dots": 0.5, "polka dots": 0.35, "spots": 0.15},
    "floral": {"flowers": 0.66, "a flower pattern": 0.2, "a floral print": 0.14},
    "side stripe": {
        "stripes down the sides": 0.5,
        "a stripe on the side": 0.3,
        "side stripes": 0.2,
    },
}
PRINTS: Calls = {"logo": 0.24, "print": 0.18, "design": 0.16, "picture": 0.12, "graphic": 0.16,
                 "emblem": 0.08, "symbol": 0.06}  # fmt: skip
BUILDS: Mapping[str, Calls] = {
    "slim": {"slim": 0.34, "thin": 0.40, "slender": 0.14, "skinny": 0.12},
    "heavy": {"heavyset": 0.28, "heavy": 0.10, "heavy set": 0.06, "overweight": 0.14,
              "stocky": 0.20, "chubby": 0.12, "large": 0.10},
}  # fmt: skip
AGES: Mapping[str, Calls] = {
    "young": {"young": 1.0},
    "older": {"older": 0.38, "elderly": 0.30, "old": 0.22, "middle aged": 0.10},
}
PEOPLE: Mapping[str, Calls] = {
    "woman": {"woman": 0.62, "lady": 0.14, "female": 0.12, "girl": 0.06, "person": 0.06},
    "man": {"man": 0.70, "guy": 0.08, "male": 0.14, "gentleman": 0.02, "person": 0.06},
    "girl": {"girl": 0.55, "little girl": 0.20, "young girl": 0.15, "child": 0.06, "kid": 0.04},
    "boy": {"boy": 0.55, "little boy": 0.20, "young boy": 0.15, "child": 0.06, "kid": 0.04},
}
PLURAL = frozenset(word for row in (*LOWERS.values(), *SHOES.values(), *GLASSES.values())
                   for word in row if word.endswith("s"))  # fmt: skip
"""Words that stand without `a`, or with `a pair of`."""

HAIR = {
    "short": ("short {} hair", "{} hair cut short", "short, {} hair"),
    "cropped": ("very short {} hair", "closely cropped {} hair", "short {} hair", "@ {} buzz cut"),
    "curly": ("curly {} hair", "{} curls", "curly, {} hair", "thick curly {} hair"),
    "medium": (
        "shoulder length {} hair",
        "medium length {} hair",
        "chin length {} hair",
        "@ {} bob",
    ),
    "long": ("long {} hair", "long, {} hair", "{} hair that is long", "long straight {} hair"),
    "ponytail": (
        "{} hair in a ponytail",
        "@ {} ponytail",
        "{} hair tied in a ponytail",
        "{} hair pulled back",
        "long {} hair in a ponytail",
    ),
    "bun": ("{} hair in a bun", "{} hair tied up in a bun", "{} hair pulled up", "@ {} bun"),
}
"""How hair of a style is told, around its colour."""
BALD = ("@ bald head", "no hair", "@ shaved head")
SLEEVES = {
    "short": ("short sleeved", "short sleeve", "short-sleeved"),
    "long": ("long sleeved", "long sleeve", "long-sleeved"),
    "none": ("sleeveless",),
}
SKIRTS = {
    "short": ("short", "mini", "short"),
    "knee": ("knee length", "mid-length", "knee-length"),
    "long": ("long", "ankle length", "maxi"),
}
VIEWS = {
    "front": ("walking towards the camera", "facing the camera", "walking forward",
              "seen from the front", "looking towards the camera"),
    "back": ("walking away from the camera", "facing away", "seen from behind",
             "facing away from the camera", "shown from the back"),
    "left": ("walking to the left", "facing left", "heading to the left", "seen from the side",
             "shown from the side"),
    "right": ("walking to the right", "facing right", "heading to the right", "seen from the side",
              "shown from the side"),
}  # fmt: skip
"""Only somebody who walks is told to walk or to be heading somewhere."""

TABLES: Mapping[str, Mapping[str, Calls]] = {
    "who": PEOPLE, "age": AGES, "build": BUILDS, "hair colour": HAIR_COLOURS, "upper": UPPERS,
    "lower": LOWERS, "shoes": SHOES, "bag": BAGS, "hat": HATS, "glasses": GLASSES, "phone": PHONES,
    "scarf": SCARVES, "umbrella": UMBRELLAS, "bicycle": BICYCLES, "beard": BEARDS,
    "upper pattern": PATTERNS, "lower pattern": PATTERNS,
    **{f"{name} colour": COLOURS for name in
       ("upper", "lower", "shoes", "bag", "hat", "scarf", "umbrella", "bicycle")},
    **{f"{name} second": COLOURS for name in ("upper", "lower")},
}  # fmt: skip
"""For the keys of facts whose words vary, the words for each value; other words are the value."""
