"""A small dictionary: words that people and programs write into settings, and what passes for a password."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


def terms(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


_WORDS: Final = terms("""
    able about above accept access account action active actor address admin after agent agency alert alias allow alpha
    amazon analytics android animal answer apache apex apple application apps archive area argument array article asia
    asset assets async attach audience audio audit august auth author auto avatar azure back backend backup balance
    banana bank banner base basic batch battery beacon bearer best beta better between binary binding black block blog
    blue board body book boolean border bottom branch bridge bright browser bucket buffer build bundle business button
    cache calendar call camera campaign canary cancel capture card cargo cart catalog category center central chain
    change channel chart chat check child choose chrome city class clean clear click client clock clone close cloud
    cloudflare cluster code collect color column comment commerce commit common company component compose config
    confirm connect console consumer contact container content context control cookie copy core correct count counter
    country course cover create credit critical cron current custom customer daily dark dash dashboard data database
    date days debug december default delete deliver delivery demo deny deploy deployment description design desktop
    detail develop developer development device digital direct disable discord dispatch display document domain done
    door double down download draft drag draw dream drive driver drop duration dynamic each early east easy edge edit
    editor email embed empty enable encode encrypt end endpoint energy engine enter entry environment error europe event
    every example except exchange execute exist expire export express external extra factor false family fast feature
    february feed fetch field file filter final find fire first flag float flow flower focus folder follow font food
    foot force forest form format forward found frame free fresh friday friend from front frontend full function future
    game gateway general generate germany get github give global gold good google grand grant graph great green grid
    group grow guard guest guide hand handle happy hard hash head header health heart hello help here hero hidden high
    history hold home hook horse host hosting hotel hour house http https human hyper icon ident identity idle image
    import inbox include index info initial inline input insert inside install instance integer internal internet
    invoice issue item january java javascript job join json june just keep kernel key keyboard kind king kitchen label
    lambda land language large last late latest launch layer layout lead learn left legacy length level library license
    life light like limit line link linux list live load local localhost locale lock log logger login logo logout long
    look loop love machine magic mail main manage manager map march market master match media medium member memory menu
    merge message metadata method metric metrics middle minimal minute mirror mobile mode model module monday money
    monitor month moon more morning motion mount mouse move movie multi music mutable name namespace native nature near
    neon network never news next night node none normal north note notice notification november null number object
    october offer office offline offset online only open opera option orange order organization origin other outbound
    output outside over override owner package page paint pair panel paper param parent park parse part partner party
    pass passage passphrase password passwd patch path pattern pause payload payment people permission person phone
    photo picture ping pipeline place plain plan planet platform play player plus point policy pool popular port portal
    position post postgres power prefix premium preset press preview price primary print priority private process
    product production profile program progress project prompt proof property protect protocol provider proxy public
    publish pull purchase purple push python quality quarter query queue quick quiet quota rabbit radio random range
    rate rating react read ready real reason receive recent record recover redirect redis reference refresh region
    register registry release reload remote remove render replace reply report repository request required reset
    resolve resource response rest result retry return review rice right ring river road robot role rollback rollout
    room root rotate round route router rule runner runtime safe sale salt sample sandbox saturday save scale scan
    schedule schema school science scope score screen script search season second secret secrets section secure
    security select self sender sentry sequence server service session settings setup shadow shape share shared shell
    shield shift ship shop short show sign signal signature signed signing silent silver simple single site size sleep
    slide slow small smart snow social socket software solid some song sort sound source south space special speed
    split sport spring square stable stack staff stage staging standard staple star start state static station status
    stock stone stop storage store stream street strict string strong studio style subject submit success summer
    sunday super supply support surface switch symbol sync system table target task team tech template tenant term test
    testing text thank theme then thing think thread thunder ticket tiger time timeout title today token tokens tool
    topic total track trade traffic trail train transfer transform travel tree trial trigger true trust tuesday tunnel
    turbo type under union unique unit unknown update upload upper upstash upstream uptime usage user users valid
    validate value vector vendor verify version vertical video view viewer virtual visit visitor visual voice volume
    wait walk wall wallet warehouse watch water wave weather webhook website wednesday week weekly welcome well west
    whale wheel white wide widget width window winter wire wireless wonder wood word work worker workers workflow
    world wrangler write year yellow zero zone
    api app aws css dev dns env for fox html jwt kid log mac max min new not now old our out own pdf png pro prod qa raw
    red run sdk see set sms sql ssh ssl stg sub sun svg svc tag tax the tls tmp top try txt uid uri url use utm var via
    vip vpc vpn wan war was way web who why win xml you your zip and any are big box bug but can cat cdn cms cpu crm
    csv cut day db dog eat egg end eu far few fix fly fun gas gpu has hey hot how ios ip is it me my no of on one or so
    to up us we
    monkey dragon letmein football baseball master sunshine princess shadow superman batman trustno hunter qwerty
    iloveyou admin administrator login starwars whatever ninja abcdef april pokemon michael jennifer jordan harley ranger
    charlie donald buster thomas soccer hockey killer george andrew freedom summer winter autumn spring changeme
    change placeholder dummy fake sample foobar foo bar baz lorem ipsum dolor sit amet consectetur adipiscing elit todo fixme insert replace example hackme
    this that these those very all at by with without into have had were been will would should could must than them they
    his her him its each any some such much many most both same still also yet never ever always good bad nobody anybody
    complex complexity least characters letters digits
    supersecret topsecret mysecret verysecret mypassword temp temporary unsafe insecure
    """)
_LONGEST: Final = max(map(len, _WORDS))
_SHORTEST_ALONE: Final = 3
_LEET: Final = str.maketrans("013457@$!", "oleastasi")
_WALKS: Final = tuple(
    walk + " " + walk[::-1]
    for walk in (
        *(
            "qwertyuiop",
            "asdfghjkl",
            "zxcvbnm",
            "qwertzuiop",
            "azertyuiop",
            "1234567890",
            "0123456789",
        ),
        *(
            "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
            "qazwsxedcrfvtgbyhnujmikolp",
            "abcdefghijklmnopqrstuvwxyz",
        ),
        *("1q2w3e4r5t6y7u8i9o0p", "zaq12wsx", "0123456789abcdef", "!@#$%^&*()"),
    )
)
_SHORTEST_WALK: Final = 4
_MOST_IN_WORDS: Final = 0.7
_PIECES: Final = re.compile(r"[A-Za-z0-9@$!]+")
_RUNS: Final = re.compile(r"[A-Za-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=16_384)
def share_of_words(text: str, shortest: int = _SHORTEST_ALONE) -> float:
    """Which part of a text's letters stands in words, also in words run together."""
    letters = covered = 0
    for run in _words_in(text):
        letters += len(run)
        covered += _covered(run.lower(), shortest)
    return covered / letters if letters else 0.0


def is_spelled(text: str) -> bool:
    """Whether a text is words, numbers and punctuation, also with digits for letters: `Sup3r-S3cret!2024`."""
    return max(_spelled(text, leet=False), _spelled(text, leet=True)) >= _MOST_IN_WORDS


def share_of_walks(text: str) -> float:
    """Which part of a text follows the keyboard or the alphabet: `qwerty12345`."""
    low = text.lower()
    covered = here = 0
    while here < len(low):
        end = here + _SHORTEST_WALK
        if end <= len(low) and any(low[here:end] in walk for walk in _WALKS):
            while end < len(low) and any(low[here : end + 1] in walk for walk in _WALKS):
                end += 1
            covered += end - here
            here = end
        else:
            here += 1
    return covered / len(low) if low else 0.0


def _spelled(text: str, *, leet: bool) -> float:
    """The part that words cover, of all but numbers and punctuation."""
    signs = covered = 0
    for piece in _PIECES.findall(text):
        bare = piece.translate(_LEET) if leet else piece
        bare = bare.rstrip("0123456789$@!")
        if piece.isdigit() or not bare:
            continue
        signs += len(bare)
        covered += sum(_covered(run.lower(), _SHORTEST_ALONE) for run in _words_in(bare))
    return covered / signs if signs else 0.0


def _words_in(text: str) -> list[str]:
    return _RUNS.findall(_CAMEL.sub(" ", text))


def _covered(run: str, shortest: int) -> int:
    """Letters of a run in words; the longest words first."""
    covered = here = 0
    while here < len(run):
        for length in range(min(_LONGEST, len(run) - here), shortest - 1, -1):
            if run[here : here + length] in _WORDS:
                covered += length
                here += length
                break
        else:
            here += 1
    return covered if run not in _WORDS else len(run)
