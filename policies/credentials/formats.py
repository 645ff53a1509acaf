"""The formats of secrets that providers issue, each with what it is.

Lengths are minimums on purpose: providers lengthen their tokens, and a prefix says enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NOT_INSIDE: Final = r"(?<![A-Za-z0-9])"


@dataclass(frozen=True)
class Shape:
    """`what` it is, texts of which one must occur (a cheap test before the pattern), and the pattern."""

    what: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(what: str, needles: str, pattern: str) -> Shape:
    return Shape(what, tuple(needles.split()), re.compile(_NOT_INSIDE + pattern))


SHAPES: Final = (
    _shape("a Splunk token", "Splunk", r"Splunk[ +][0-9a-fA-F-]{36}"),
    _shape("a Cloudflare token", "cfut_ cfat_ cfk_", r"cf(?:ut|at|k)_[A-Za-z0-9_-]{20,}"),
    _shape("a Cloudflare origin CA key", "v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}"),
    _shape("a Stripe live key", "k_live_", r"[sr]k_live_\w{5,}"),
    _shape("a webhook's signing secret", "whsec_", r"whsec_[\w+/=-]{8,}"),
    _shape("a Sentry token", "sntryu_ sntrys_ sntryi_", r"sntry[usi]_[\w+/=.-]{16,}"),
    _shape("an AWS access key", "AKIA ASIA", r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _shape("a GitHub token", "ghp_ gho_ ghs_ ghu_ ghr_", r"gh[pousr]_[A-Za-z0-9_]{16,}"),
    _shape("a GitHub token", "github_pat_", r"github_pat_\w{16,}"),
    _shape("a GitLab token", "glpat- gldt- glrt- glsoat-", r"gl(?:pat|dt|rt|soat)-[\w.-]{16,}"),
    _shape("a Slack token", "xox xapp-", r"(?:xox[abceoprs]|xapp)-[\w-]{10,}"),
    _shape(
        "a Slack webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/\w[\w/-]{10,}",
    ),
    _shape(
        "a Discord webhook",
        "/api/webhooks/",
        r"discord(?:app)?\.com/api/webhooks/\d{5,}/[\w-]{16,}",
    ),
    _shape(
        "a Teams webhook", ".office.com", r"[\w-]+\.webhook\.office\.com/webhookb2/[\w@/-]{16,}"
    ),
    _shape("a SendGrid key", "SG.", r"SG\.[\w-]{10,}\.[\w-]{10,}"),
    _shape("a Google API key", "AIza", r"AIza[\w-]{28,}"),
    _shape("a Google OAuth secret", "GOCSPX-", r"GOCSPX-[\w-]{16,}"),
    _shape("a Google OAuth token", "ya29.", r"ya29\.[\w-]{20,}"),
    _shape("a Grafana token", "glsa_ glc_", r"gl(?:sa|c)_[\w+/=-]{16,}"),
    _shape("a Pulumi token", "pul-", r"pul-[0-9a-f]{20,}"),
    _shape("an npm token", "npm_", r"npm_[A-Za-z0-9]{20,}"),
    _shape("a PyPI token", "pypi-", r"pypi-[\w-]{20,}"),
    _shape("an Anthropic key", "sk-ant-", r"sk-ant-[\w-]{10,}"),
    _shape(
        "an OpenAI key", "sk-proj- sk-svcacct- sk-admin-", r"sk-(?:proj|svcacct|admin)-[\w-]{10,}"
    ),
    _shape("an OpenRouter key", "sk-or-", r"sk-or-[\w-]{16,}"),
    _shape("an OpenAI key", "sk-", r"sk-(?=[A-Za-z]*\d)[A-Za-z0-9]{24,}"),
    _shape("a Neon password", "npg_", r"npg_[A-Za-z0-9]{8,}"),
    _shape("a Neon key", "napi_", r"napi_[A-Za-z0-9]{20,}"),
    _shape("a Supabase key", "sb_secret_ sbp_", r"sb(?:_secret|p)_[\w-]{12,}"),
    _shape("a QStash token", "eyJVc2VySUQi", r"eyJVc2VySUQi[\w+/=-]{16,}"),
    _shape("a QStash signing key", "sig_", r"sig_(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}"),
    _shape("a PlanetScale secret", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.-]{16,}"),
    _shape("a Resend key", "re_", r"re_[A-Za-z0-9]{6,}_[A-Za-z0-9]{16,}"),
    _shape("a Mailgun key", "key-", r"key-[0-9a-f]{32}(?![0-9a-f])"),
    _shape("a Twilio token", "twilio", r"twilio[^\n]{0,40}[:=]\s*[0-9a-f]{32}(?![0-9a-f])"),
    _shape(
        "a Shopify token", "shpat_ shpss_ shpca_ shppa_", r"shp(?:at|ss|ca|pa)_[A-Za-z0-9]{16,}"
    ),
    _shape("a DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"do[por]_v1_[0-9a-f]{20,}"),
    _shape("a Hugging Face token", "hf_", r"hf_[A-Za-z]{2}[A-Za-z0-9]{18,}"),
    _shape("a Replicate token", "r8_", r"r8_[A-Za-z0-9]{20,}"),
    _shape("a Groq key", "gsk_", r"gsk_[A-Za-z0-9]{20,}"),
    _shape("an xAI key", "xai-", r"xai-[A-Za-z0-9]{20,}"),
    _shape("a Perplexity key", "pplx-", r"pplx-[A-Za-z0-9]{20,}"),
    _shape("a Linear key", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{16,}"),
    _shape("a Notion token", "ntn_ secret_", r"(?:ntn_[A-Za-z0-9]{20,}|secret_[A-Za-z0-9]{40,})"),
    _shape("a Postman key", "PMAK-", r"PMAK-[0-9a-f]{16,}-[0-9a-f]{16,}"),
    _shape("a Docker token", "dckr_pat_", r"dckr_pat_[\w-]{16,}"),
    _shape("a Fly.io token", "fm2_ fo1_", r"(?:fm2|fo1)_[\w+/=-]{24,}"),
    _shape("a Vault token", "hvs. hvb.", r"hv[sb]\.[\w-]{20,}"),
    _shape("a Terraform token", ".atlasv1.", r"[A-Za-z0-9]{10,}\.atlasv1\.[\w-]{20,}"),
    _shape("a Tailscale key", "tskey-", r"tskey-[a-z]+-[\w-]{16,}"),
    _shape("a Doppler token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{16,}"),
    _shape("a PostHog key", "phx_", r"phx_[A-Za-z0-9]{20,}"),
    _shape("a Mapbox secret token", "sk.eyJ", r"sk\.eyJ[\w-]{16,}\.[\w-]{8,}"),
    _shape("a New Relic key", "NRAK-", r"NRAK-[A-Z0-9]{20,}"),
    _shape("a Netlify token", "nfp_", r"nfp_[A-Za-z0-9]{20,}"),
    _shape("a HubSpot token", "pat-", r"pat-(?:na|eu)\d-[0-9a-f-]{30,}"),
    _shape("an Atlassian token", "ATATT3x ATCTT3x", r"AT[AC]TT3x[\w=+/-]{20,}"),
    _shape(
        "a Square token", "sq0csp- sq0atp- EAAA", r"(?:sq0(?:csp|atp)-[\w-]{20,}|EAAA[\w-]{56,})"
    ),
    _shape("a Telegram bot's token", ":AA", r"\d{8,10}:AA[\w-]{30,}"),
    _shape("a Databricks token", "dapi", r"dapi[0-9a-f]{32}"),
    _shape(
        "a LaunchDarkly key",
        "sdk- api-",
        r"(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ),
    _shape("a Turso or Fly token", "FlyV1", r"FlyV1 [\w+/=,-]{24,}"),
    _shape("a 1Password token", "ops_eyJ", r"ops_eyJ[\w+/=-]{24,}"),
    _shape("an age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    _shape(
        "an Azure storage key",
        "AccountKey= SharedAccessKey=",
        r"(?:AccountKey|SharedAccessKey)=[\w+/=-]{16,}",
    ),
    _shape("an Azure SAS token", "sig=", r"(?:[?&]|\b)sig=[\w%+/=-]{24,}"),
    _shape("a Clerk secret key", "sk_test_ sk_live_", r"sk_live_[\w$=+/-]{8,}"),
    _shape("a Paddle key", "pdl_", r"pdl_live_\w{16,}"),
    _shape("a Razorpay key", "rzp_live_", r"rzp_live_\w{12,}"),
    _shape("an ngrok or Airtable token", "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),
    _shape("a PuTTY key", "PuTTY-User-Key-File", r"PuTTY-User-Key-File-\d[\s\S]*"),
    _shape("an encrypted token", "eyJ", r"eyJ[\w-]{10,}\.[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{10,}"),
    _shape("a Mailchimp key", "-us", r"[0-9a-f]{32}-us\d{1,2}(?!\w)"),
    _shape("a Honeycomb key", "x-honeycomb-team", r"x-honeycomb-team[\"']?\s?[:=]\s?[\"']?\w{20,}"),
    _shape(
        "a deploy hook",
        "/deploy_hooks/ /build_hooks/ /integrations/deploy/",
        r"(?:pages/webhooks/deploy_hooks|netlify\.com/build_hooks|vercel\.com/v1/integrations/deploy)/[\w/-]{20,}",
    ),
    _shape("a Zapier hook", "hooks.zapier.com", r"hooks\.zapier\.com/hooks/catch/\d+/\w+"),
    _shape("a Make hook", ".make.com/", r"hook\.[a-z]{2}\d\.make\.com/[a-z0-9]{20,}"),
    _shape(
        "a Google Chat webhook",
        "chat.googleapis.com",
        r"chat\.googleapis\.com/v1/spaces/[\w-]+/messages\?[^\s\"']{0,300}token=[\w%-]{16,}",
    ),
    _shape(
        "an address with a password",
        "@tcp( @unix(",
        r"[\w.-]{1,64}:[^\s:@/]{3,128}@(?:tcp|unix)\([^()\s]{1,200}\)",
    ),
    _shape("a bearer token", "earer ", r"[Bb]earer (?=[A-Za-z._~+/=-]*\d)[\w.~+/=-]{16,}"),
)
