"""The commonest promises in German, French, Spanish and Dutch: a small net, so that a mail in one of them is not waved through.

A clause promises where a way of promising and a matter stand in it and nothing that denies or leaves open. Only a text with
at least two of a language's small words is read in it, which keeps English texts out. (A Dutch "u" arrives as "you": insights.clauses writes out what is short in English.)
"""
# ruff: noqa: E501 - a way to say it stands on one line

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from insights.phrases import pattern
from insights.promises import Kind

ENOUGH = 2  # small words of a language that make a text one of it


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: the small words it is known by, how one promises in it, what makes it no promise, and the matters."""

    known_by: frozenset[str]
    promising: re.Pattern[str]
    not_promising: re.Pattern[str]
    of_a_kind: Mapping[Kind, re.Pattern[str]]


def kinds_abroad(words: str, tongues: list[Tongue]) -> list[Kind]:
    """What a clause in plain words promises, read in each of these languages."""
    return [
        kind
        for tongue in tongues
        if tongue.promising.search(words) and not tongue.not_promising.search(words)
        for kind, ways in tongue.of_a_kind.items()
        if ways.search(words)
    ]


def tongues_of(text: str) -> list[Tongue]:
    """The languages besides English that a text may be written in."""
    words = set(re.findall(r"\w+", text.lower()))
    return [tongue for tongue in TONGUES if len(tongue.known_by & words) >= ENOUGH]


def _tongue(known_by: str, promising: str, not_promising: str, **of_a_kind: str) -> Tongue:
    kinds = {Kind(kind): pattern(ways) for kind, ways in of_a_kind.items()}
    return Tongue(frozenset(known_by.split()), pattern(promising), pattern(not_promising), MappingProxyType(kinds))


_GERMAN = _tongue(
    "wir ihnen sie ihr ihre ihrem und der die das ist für fuer mit auf den ein eine nicht",
    r"""
    (?:wir|ich) (?:\S+ ){0,3}?(?:gew\w+hren|geben|gebe|bieten|r\w+umen|erlassen|schenken|liefern|garantieren|sichern|verpflichten|halten|senken|reduzieren)
    (?:wir|ich) (?:\S+ ){0,3}?(?:\S*bernehmen|verl\w+ngern|akzeptieren|unterzeichnen|unterschreiben|berechnen|verzichten|k\w+nnen|werden|sagen|haften|starten|schicken|senden|stellen)
    sie (?:\S+ )?(?:erhalten|bekommen|zahlen|bezahlen|sparen|k\w+nnen|haben)
    (?:ist|sind|bleibt|bleiben|wird|betr\w+gt) (?:\S+ ){0,3}?(?:sie|ihnen|kostenlos|kostenfrei|gratis|fix|fest|garantiert|zugesagt|geliefert|einsatzbereit|fertig|bereit)
    (?:ihr|ihre) (?:\S+ )?(?:ist|sind|wird|bleibt|kommt|geht|startet)
    """,
    r"""
    (?:nicht|kein\w*|leider|ohne gew\w+hr|unm\w+glich|weder|k\w+nnte\w*|w\w+rde\w*|vielleicht|eventuell|m\w+glicherweise|hoffen|pr\w+fen|gepr\w+ft)
    (?:frage|fragen|kl\w+re|kl\w+ren|ob|schrieben|sagten|w\w+nschen|br\w+uchten|brauchen|hatten|hatte|wurde|wurden|anbei|webseite|preisliste)
    """,
    price=r"""
    (?:\d[\d.,]*(?: ?(?:\u20ac|eur|euro|chf|franken))|(?:\u20ac|eur|chf) ?\d\S*)
    (?:preis|festpreis|preisgarantie|kosten)
    """,
    discount=r"""
    (?:\S*rabatt\w*|\S*nachlass|preisnachlass|skonto|kostenlos\w*|kostenfrei|gratis|umsonst|gutschrift|geschenkt|erm\w+\u00dfigung|monate? frei)
    \d+ ?(?:%|prozent) (?:\S+ )?(?:g\w+nstiger|weniger)
    """,
    date=r"""
    (?:bis|am|ab|innerhalb|binnen|sp\w+testens|noch|n\w+chste\w?|in) (?:\S+ ){0,3}?(?:\w+tag|mittwoch|januar|februar|m\w+rz|april|mai|juni|juli|august|september|oktober|november|dezember|wochen?|tagen?|heute|morgen|ende|kw)
    (?:bis|am|ab|zum|sp\w+testens) \d{1,2}(?= $)
    (?:\d{1,2}\.? ?(?:januar|februar|m\w+rz|april|mai|juni|juli|august|september|oktober|november|dezember)|\d{1,2}\.\d{1,2})
    """,
    terms=r"""
    (?:zahlungsziel|k\w+ndig\w+|k\w+ndbar|laufzeit|\S*garantie|gew\w+hrleistung|r\w+ckgabe\w*|geld zur\w+ck|verf\w+gbarkeit|raten|testphase|\S*vertrag)
    """,
    legal=r"""
    (?:haft\w+|\S*verarbeit\w*|vertraulich\w*|dsgvo|unterzeichnen|unterschreiben|geheimhaltung\w*|gerichtsstand|datenschutz\w*|freistell\w+|avv|nutzungsrechte)
    """,
)
_FRENCH = _tongue(
    "nous vous votre vos les des une est pour avec sur dans le la et du",
    r"""
    (?:nous|je) (?:vous )?(?:offrons|offre|accord\w+|garantis\w*|propos\w+|livr\w+|consent\w+|fais\w*|ferons|baiss\w+|maint\w+|gard\w+|bloqu\w+|envo\w+|enverr\w+|sign\w+|accept\w+|prolong\w+|rembours\w+|assum\w+|engage\w*|prenons|termin\w+|install\w+)
    nous nous engage\w*
    vous (?:paie\w*|payez|paierez|recevrez|recevez|b\w+n\w+fici\w+|aurez|pouvez|\u00e9conomis\w+|obtenez|sont offerts?)
    (?:est|sont|sera|seront) (?:\S+ ){0,2}?(?:offerte?s?|gratuite?s?|garantie?s?|livr\w+|pr\w+te?s?|de|bloqu\w+)
    """,
    r"""
    (?:pas|aucune?|malheureusement|impossible|peut-\u00eatre|pourri\w+|pourrai\w*|si|demander|v\w+rifier|esp\w+r\w+|souhait\w+|aviez|avez \w+crit|ci-joint|grille|disponible)
    ne
    """,
    price=r"""
    \d[\d.,]*(?: \d{3})* ?(?:\u20ac|euros?|eur|chf)
    (?:prix|tarif)
    """,
    discount=r"""
    (?:remise|rabais|r\w+duction|ristourne|gratuit\w*|offerte?s|\d+ ?% (?:de moins|de r\w+duction)|mois offerts?|avoir de)
    """,
    date=r"""
    (?:avant|d'ici|au plus tard|le|sous|dans|d\w+s|pour|fin|d\w+but) (?:\S+ ){0,3}?(?:lundi|mardi|mercredi|jeudi|vendredi|janvier|f\w+vrier|mars|avril|mai|juin|juillet|ao\w+t|septembre|octobre|novembre|d\w+cembre|semaines?|jours ouvr\w+|demain)
    (?:demain|aujourd'hui|ce soir|la semaine prochaine)
    """,
    terms=r"""
    (?:r\w+sili\w+|pr\w+avis|paiement|garantie|rembours\w+|sans engagement|mensualit\w+|p\w+riode d'essai|exclusivit\w+|disponibilit\w+)
    """,
    legal=r"""
    (?:responsabilit\w+|confidentialit\w+|rgpd|sign\w+|indemnis\w+|propri\w+t\w+ intellectuelle|accord de traitement|droits d'auteur)
    """,
)
_SPANISH = _tongue(
    "les usted ustedes su sus los las una para con del por que el la es nuestro nuestra",
    r"""
    (?:le|les|te|os)? ?(?:ofrecemos|ofrezco|garantizamos|concedemos|damos|doy|hacemos|mantenemos|entregaremos|entregamos|enviaremos|enviamos|firmaremos|firmamos|asumimos|aceptamos|nos comprometemos|regalamos|devolvemos|devolveremos|instalaremos|terminaremos|tendremos|bajamos|congelamos)
    (?:puede|pueden|recibir\w+|reciben?|pagar\w*|pagan?|ahorran?|tendr\w+|tienen?)
    (?:es|son|ser\w+|estar\w+) (?:\S+ ){0,2}?(?:de|gratis|gratuit\w+|listos?|lista|garantizad\w+|incluid\w+)
    """,
    r"""
    (?:no|ning\w+|lamentablemente|imposible|quiz\w+|tal vez|podr\w+mos|podr\w+a|si|preguntar|consultar|esperamos|adjunt\w+|dijo|dijeron|lista de precios|escribi\w+)
    """,
    price=r"""
    \d[\d.,]* ?(?:\u20ac|euros?|eur|d\w+lares|pesos)
    (?:precio|tarifa)
    """,
    discount=r"""
    (?:descuento|rebaja|gratis|gratuit\w+|bonificaci\w+n|reembols\w+|\d+ ?% menos|mes(?:es)? gratis)
    """,
    date=r"""
    (?:antes|para|el|en|dentro|a m\w+s tardar|hasta) (?:\S+ ){0,4}?(?:lunes|martes|mi\w+rcoles|jueves|viernes|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|semanas?|d\w+as|ma\w+ana)
    (?:ma\w+ana|hoy mismo|la pr\w+xima semana)
    """,
    terms=r"""
    (?:cancelar|rescindir|plazo|plazos|garant\w+a|devoluci\w+n|sin permanencia|penalizaci\w+n|periodo de prueba|exclusividad|pago a)
    """,
    legal=r"""
    (?:responsabilidad|confidencialidad|rgpd|firma\w+|indemniza\w+|propiedad intelectual|protecci\w+n de datos)
    """,
)
_DUTCH = _tongue(
    "wij u uw het een de en van voor met dat niet ik zijn",
    r"""
    (?:wij|we|ik) (?:\S+ ){0,2}?(?:geven|geef|bieden|bied|garanderen|leveren|lever|verlengen|verlagen|houden|schenken|tekenen|teken|ondertekenen|accepteren|sturen|stuur|nemen|zullen|zorgen|betalen|rekenen)
    (?:u|you) (?:\S+ )?(?:betaalt|krijgt|ontvangt|kunt|mag|bespaart|heeft)
    (?:is|zijn|wordt|worden|blijft|staat) (?:\S+ ){0,3}?(?:gratis|kosteloos|gegarandeerd|geleverd|klaar|vast|inbegrepen)
    """,
    r"""
    (?:niet|geen|helaas|onmogelijk|misschien|wellicht|zou|zouden|vragen|vraag|nagaan|hopen|of|schreef|bijlage|prijslijst|besproken)
    """,
    price=r"""
    (?:\d[\d.,]* ?(?:\u20ac|euro|eur)|(?:\u20ac|eur) ?\d\S*)
    (?:prijs|tarief)
    """,
    discount=r"""
    (?:\S*korting|gratis|kosteloos|cadeau|creditnota|\d+ ?% goedkoper|terugbetal\w+)
    """,
    date=r"""
    (?:uiterlijk|voor|op|binnen|vanaf|tegen|eind|begin|in|tot) (?:\S+ ){0,3}?(?:maandag|dinsdag|woensdag|donderdag|vrijdag|januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|weken|week|dagen|werkdagen|morgen)
    (?:morgen|vandaag|volgende week)
    """,
    terms=r"""
    (?:opzeg\w+|opzegtermijn|betaal\w*termijn|garantie|geld terug|proefperiode|looptijd|exclusiviteit|beschikbaarheid|termijnen)
    """,
    legal=r"""
    (?:aansprakelijk\w*|geheimhouding\w*|avg|tekenen|ondertekenen|verwerkersovereenkomst|vrijwar\w+|auteursrecht\w*)
    """,
)
TONGUES = (_GERMAN, _FRENCH, _SPANISH, _DUTCH)
