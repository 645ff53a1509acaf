# mistake: a Worker without a compatibility date
resource "cloudflare_workers_script" "api" {
  account_id     = var.account_id
  script_name    = "shop-api-production"
  main_module    = "index.js"
  content_file   = "dist/index.js"
  content_sha256 = filesha256("dist/index.js")
  # good: compatibility_date = "2026-06-01"
}

# mistake: a split that adds up to 110
resource "cloudflare_workers_deployment" "api" {
  account_id  = var.account_id
  script_name = "shop-api-production"
  strategy    = "percentage"
  versions = [
    { version_id = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f", percentage = 90 },
    { version_id = "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", percentage = 20 }, # good: { version_id = "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", percentage = 10 },
  ]
}

# mistake: a rule lets every request past the firewall
resource "cloudflare_ruleset" "custom" {
  zone_id = var.zone_id
  name    = "custom rules"
  kind    = "zone"
  phase   = "http_request_firewall_custom"
  rules = [{
    description       = "partners"
    expression        = "true" # good: expression = "ip.src in $partners"
    action            = "skip"
    action_parameters = { phases = ["http_request_firewall_managed"] }
    logging           = { enabled = true }
  }]
}

# mistake: managed rules that only log
resource "cloudflare_ruleset" "managed" {
  zone_id = var.zone_id
  name    = "managed rules"
  kind    = "zone"
  phase   = "http_request_firewall_managed"
  rules = [{
    description = "managed rules"
    expression  = "true"
    action      = "execute"
    action_parameters = {
      id        = "efb7b8c949ac4650a09736fc376e9aee"
      overrides = { action = "log" } # good: overrides = { action = "block" }
    }
  }]
}

# mistake: account pages are kept in the shared cache
resource "cloudflare_ruleset" "cache" {
  zone_id = var.zone_id
  name    = "cache rules"
  kind    = "zone"
  phase   = "http_request_cache_settings"
  rules = [{
    description = "cache"
    expression  = "starts_with(http.request.uri.path, \"/account/\")" # good: expression = "starts_with(http.request.uri.path, \"/assets/\")"
    action      = "set_cache_settings"
    action_parameters = {
      cache    = true
      edge_ttl = { mode = "override_origin", default = 7200 }
    }
  }]
}

# mistake: development mode left on
resource "cloudflare_zone_setting" "development" {
  zone_id    = var.zone_id
  setting_id = "development_mode"
  value      = "on" # good: value = "off"
}
