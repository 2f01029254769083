"""What the made-up market is made of: brands, names, phrases, user agents."""

from __future__ import annotations

from dataclasses import dataclass

PLATFORMS = ("instagram", "tiktok", "youtube", "x", "mastodon", "bluesky")
ALSO_ON = {"threads": "instagram", "reddit": "x"}
"""Platforms without files of their own: the people of another one post the same there."""


@dataclass(frozen=True)
class MadeUpBrand:
    """A brand of the world; the first two are own ones, each followed by two competitors."""

    brand_id: str
    name: str
    role: str
    handle: str
    hashtags: tuple[str, ...]
    keywords: tuple[str, ...]
    domain: str
    niches: tuple[str, ...]
    competitors: tuple[str, ...]

    def handle_on(self, platform: str) -> str:
        """Returns the brand's handle on a platform."""
        if platform == "mastodon":
            return f"{self.handle}@social.example"
        if platform == "bluesky":
            return f"{self.handle.replace('_', '-')}.bsky.example"  # a domain has no underscore
        return self.handle


BRANDS = (
    MadeUpBrand(
        "lumen",
        "Lumen Coffee",
        "own",
        "lumencoffee",
        ("lumencoffee", "brewlumen", "ルーメンコーヒー"),
        ("lumen coffee", "кава lumen"),
        "lumencoffee.example",
        ("coffee", "coldbrew", "espresso", "コーヒー"),
        ("rivalroast", "northbean"),
    ),
    MadeUpBrand(
        "verdant",
        "Verdant Skin",
        "own",
        "verdantskin",
        ("verdantskin", "verdantglow"),
        ("verdant skin",),
        "verdantskin.example",
        ("skincare", "cleanbeauty", "العناية", "hautpflege"),
        ("dewlab", "purela"),
    ),
    MadeUpBrand(
        "rivalroast",
        "Rival Roast",
        "competitor",
        "rivalroast",
        ("rivalroast",),
        ("rival roast",),
        "rivalroast.example",
        ("coffee", "espresso"),
        (),
    ),
    MadeUpBrand(
        "northbean",
        "North Bean",
        "competitor",
        "northbean",
        ("northbean", "northbeanclub"),
        ("north bean",),
        "northbean.example",
        ("coffee", "coldbrew"),
        (),
    ),
    MadeUpBrand(
        "dewlab",
        "Dew Lab",
        "competitor",
        "dewlab",
        ("dewlab",),
        ("dew lab",),
        "dewlab.example",
        ("skincare",),
        (),
    ),
    MadeUpBrand(
        "purela",
        "Puréla",
        "competitor",
        "purela_official",
        ("puréla", "purela"),
        ("puréla",),
        "purela.example",
        ("skincare", "cleanbeauty"),
        (),
    ),
)

OTHER_NICHES = ("fitness", "travel", "food", "gaming", "fashion", "books", "pets", "home")

# Planted people, in order: what they are, platform (index into PLATFORMS), niche.
PLANTED = (
    ("driver", 0, "coffee"),
    ("driver", 1, "skincare"),
    ("driver", 2, "coffee"),
    ("bought", 0, "coffee"),
    ("bought", 1, "skincare"),
    ("bought", 0, "skincare"),
    ("bought", 3, "coffee"),
    ("viral", 1, "coffee"),
    ("viral", 0, "skincare"),
    ("undisclosed", 0, "coffee"),
    ("undisclosed", 1, "skincare"),
    ("best_fit", 0, "coffee"),
    ("best_fit", 1, "coffee"),
    ("best_fit", 2, "coffee"),
    ("best_fit", 0, "skincare"),
    ("best_fit", 1, "skincare"),
    ("best_fit", 3, "skincare"),
    ("late", 0, "coffee"),
)


@dataclass(frozen=True)
class Locale:
    """Names and captions of one language, and the share of people who use it."""

    share: float
    language: str
    country: str
    currency: str
    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]
    phrases: tuple[str, ...]
    disclosures: tuple[str, ...] = ("#ad ", "#Ad | ", "#sponsored ")
    """How a caption begins that says at once that it is paid for."""


LOCALES = (
    Locale(
        0.34,
        "en",
        "US",
        "USD",
        (("Mia", "mia"), ("Noah", "noah"), ("Ava", "ava"), ("Leo", "leo"), ("Zoë", "zoe")),
        (("Brooks", "brooks"), ("O'Neil", "oneil"), ("Reyes", "reyes"), ("Park", "park")),
        (
            "Morning routine, the honest version",
            "Three things I wish I knew earlier, a thread",
            'My mum said: "you again?" and she was right',
            "New week, new setup; thoughts?",
            "Questions? write to hello@{handle}.example or call +1 202 555 0147",
            "Small wins only today 🎉",
        ),
    ),
    Locale(
        0.14,
        "en",
        "GB",
        "GBP",
        (("Isla", "isla"), ("Oliver", "oliver"), ("Freya", "freya")),
        (("Hughes", "hughes"), ("Patel", "patel"), ("Smythe-Jones", "smythejones")),
        ("Proper rainy Sunday ☔", "Tried it so you don't have to", "Right, let's talk about this"),
    ),
    Locale(
        0.10,
        "de",
        "DE",
        "EUR",
        (("Jürgen", "juergen"), ("Anna", "anna"), ("Lena", "lena")),
        (("Müller", "mueller"), ("Groß", "gross"), ("Weber", "weber")),
        (
            "Schöner Start in den Tag",
            "Größer geht’s nicht – oder doch?",
            "Mein Fazit nach 3 Wochen",
        ),
        ("#Werbung ", "Anzeige | ", "#ad "),
    ),
    Locale(
        0.08,
        "fr",
        "FR",
        "EUR",
        (("Chloé", "chloe"), ("Léo", "leof"), ("Inès", "ines")),
        (("Dubois", "dubois"), ("Lefèvre", "lefevre")),
        ("Un petit moment rien qu'à moi", "Ça change tout, vraiment", "Mon avis après un mois"),
        ("#Publicité ", "Collaboration commerciale : "),
    ),
    Locale(
        0.08,
        "es",
        "ES",
        "EUR",
        (("Lucía", "lucia"), ("Mateo", "mateo"), ("Íñigo", "inigo")),
        (("García", "garcia"), ("Muñoz", "munoz")),
        ("¿Quién más empieza así el día?", "Mi rutina de mañana", "Lo probé una semana"),
        ("#publi ", "Publicidad: "),
    ),
    Locale(
        0.07,
        "pt",
        "BR",
        "BRL",
        (("João", "joao"), ("Beatriz", "beatriz")),
        (("Gonçalves", "goncalves"), ("Araújo", "araujo")),
        ("Começando bem a manhã", "Não vivo sem isso 💚"),
        ("#publi ", "Parceria paga | "),
    ),
    Locale(
        0.07,
        "ja",
        "JP",
        "JPY",
        (("花子", "hanako"), ("健", "ken"), ("さくら", "sakura")),
        (("山田", "yamada"), ("佐藤", "sato")),
        ("今日の朝はこれ。", "正直レビューします", "週末のひととき☕️"),
        ("#PR ", "【広告】", "#タイアップ "),
    ),
    Locale(
        0.04,
        "uk",
        "UA",
        "EUR",
        (("Олена", "olena"), ("Іван", "ivan")),
        (("Коваль", "koval"), ("Шевченко", "shevchenko")),
        ("Мій ранок починається так", "Чесний відгук за тиждень"),
    ),
    Locale(
        0.04,
        "ar",
        "AE",
        "AED",
        (("ليلى", "layla"), ("عمر", "omar")),
        (("حداد", "haddad"), ("منصور", "mansour")),
        ("صباح الخير من دبي", "تجربتي بعد أسبوع كامل"),
    ),
    Locale(
        0.04,
        "hi",
        "IN",
        "INR",
        (("आरव", "aarav"), ("दिया", "diya")),
        (("शर्मा", "sharma"), ("गुप्ता", "gupta")),
        ("आज की सुबह", "एक हफ्ते बाद मेरी राय 👩🏽‍🍳"),
    ),
)

HUMAN_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Instagram 369.0.0.29.89 (iPhone16,2; iOS 18_3)",
)

BOT_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "TelegramBot (like TwitterBot)",
)

# units of the currency for one US dollar, and the base in which its rate is quoted
CURRENCIES = (
    ("USD", 1.0),
    ("EUR", 0.92),
    ("GBP", 0.79),
    ("JPY", 151.0),
    ("CHF", 0.88),
    ("BRL", 5.6),
    ("INR", 86.0),
    ("AED", 3.6725),
)
# (base, quote) pairs that are quoted; CHF and INR reach USD only through another currency
RATE_PAIRS = (
    ("EUR", "USD"),
    ("GBP", "USD"),
    ("USD", "JPY"),
    ("EUR", "CHF"),
    ("USD", "BRL"),
    ("USD", "AED"),
    ("AED", "INR"),
)
