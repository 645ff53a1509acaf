# mistake: the zone speaks plain HTTP to its origin
resource "cloudflare_zone_setting" "ssl" {
  zone_id    = var.zone_id
  setting_id = "ssl"
  value      = "flexible" # good: value = "strict"
}

# mistake: visitors may stay on plain HTTP
resource "cloudflare_zone_setting" "https" {
  zone_id    = var.zone_id
  setting_id = "always_use_https"
  value      = "off" # good: value = "on"
}

# mistake: TLS 1.0 is answered
resource "cloudflare_zone_setting" "tls" {
  zone_id    = var.zone_id
  setting_id = "min_tls_version"
  value      = "1.0" # good: value = "1.2"
}

# mistake: HSTS is off
resource "cloudflare_zone_setting" "hsts" {
  zone_id    = var.zone_id
  setting_id = "security_header"
  value = {
    strict_transport_security = {
      enabled            = false # good: enabled = true
      max_age            = 31536000
      include_subdomains = true
      nosniff            = true
    }
  }
}

# mistake: a rule takes strict TLS away for some paths
resource "cloudflare_ruleset" "config" {
  zone_id = var.zone_id
  name    = "settings by path"
  kind    = "zone"
  phase   = "http_config_settings"
  rules = [{
    description = "shop pages"
    expression  = "starts_with(http.request.uri.path, \"/shop/\")"
    action      = "set_config"
    action_parameters = {
      ssl = "off" # good: ssl = "strict"
    }
  }]
}

# mistake: DNSSEC is off
resource "cloudflare_zone_dnssec" "zone" {
  zone_id = var.zone_id
  status  = "disabled" # good: status = "active"
}

# mistake: a Worker calls a service by plain HTTP
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "ORDERS_URL"
    type = "plain_text"
    text = "http://orders.shop.example/api" # good: text = "https://orders.shop.example/api"
  }]
}

# mistake: alerts go out by plain HTTP
resource "cloudflare_notification_policy_webhooks" "alerts" {
  account_id = var.account_id
  name       = "alerts"
  url        = "http://alerts.shop.example/hook" # good: url = "https://alerts.shop.example/hook"
  secret     = var.webhook_secret
}

# mistake: a bucket's domain answers TLS 1.0
resource "cloudflare_r2_custom_domain" "assets" {
  account_id  = var.account_id
  zone_id     = var.zone_id
  bucket_name = "shop-assets-production"
  domain      = "assets.shop.example"
  enabled     = true
  min_tls     = "1.0" # good: min_tls = "1.2"
}

# mistake: a tunnel takes any certificate of its origin
resource "cloudflare_zero_trust_tunnel_cloudflared_config" "office" {
  account_id = var.account_id
  tunnel_id  = var.tunnel_id
  config = {
    ingress = [
      {
        hostname = "office.shop.example"
        service  = "https://office.internal.shop.example"
        origin_request = {
          no_tls_verify = true # good: no_tls_verify = false
        }
      },
      { service = "http_status:404" }
    ]
  }
}

# mistake: the database's certificate is not verified
resource "cloudflare_hyperdrive_config" "orders" {
  account_id = var.account_id
  name       = "shop-orders-production"
  origin = {
    scheme   = "postgres"
    host     = "orders.db.shop.example"
    port     = 5432
    database = "orders"
    user     = "shop_app"
    password = var.database_password
  }
  mtls = {
    ca_certificate_id = var.ca_certificate_id
    sslmode           = "require" # good: sslmode = "verify-full"
  }
  caching = { disabled = true }
  lifecycle {
    prevent_destroy = true
  }
}
