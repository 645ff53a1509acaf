# mistake: an origin's address for everybody to see
resource "cloudflare_zone" "shop" {
  account = { id = var.account_id }
  name    = "shop.example"
}

resource "cloudflare_dns_record" "www" {
  zone_id = cloudflare_zone.shop.id
  name    = "www.shop.example"
  type    = "A"
  ttl     = 1
  content = "203.0.113.20"
  proxied = false # good: proxied = true
}

# mistake: an address of the inner network in public DNS
resource "cloudflare_dns_record" "wiki" {
  zone_id = var.zone_id
  name    = "wiki.shop.example"
  type    = "A"
  ttl     = 1
  content = "10.20.0.5" # good: content = "203.0.113.20"
  proxied = true
}

# mistake: everybody may send mail in the domain's name
resource "cloudflare_dns_record" "spf" {
  zone_id = var.zone_id
  name    = "shop.example"
  type    = "TXT"
  ttl     = 3600
  content = "\"v=spf1 include:_spf.mail.example +all\"" # good: content = "\"v=spf1 include:_spf.mail.example -all\""
}

# mistake: forged mail is only watched
resource "cloudflare_dns_record" "dmarc" {
  zone_id = var.zone_id
  name    = "_dmarc.shop.example"
  type    = "TXT"
  ttl     = 3600
  content = "\"v=DMARC1; p=none; rua=mailto:dmarc@shop.example\"" # good: content = "\"v=DMARC1; p=reject; rua=mailto:dmarc@shop.example\""
}
