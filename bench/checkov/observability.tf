# mistake: a Worker that keeps no request's log
resource "cloudflare_worker" "api" {
  account_id = var.account_id
  name       = "shop-api-production"
  tags       = ["owner:checkout"]
  observability = {
    enabled            = true
    head_sampling_rate = 0 # good: head_sampling_rate = 1
    traces             = { enabled = true }
  }
  subdomain = { enabled = false, previews_enabled = false }
}

# mistake: an alert that is switched off
resource "cloudflare_notification_policy" "expiry" {
  account_id = var.account_id
  name       = "certificates"
  alert_type = "universal_ssl_event_type"
  enabled    = false # good: enabled = true
  mechanisms = { email = [{ id = "ops@shop.example" }] }
}

# mistake: cookies are written to the logs
resource "cloudflare_logpush_job" "requests" {
  zone_id          = var.zone_id
  dataset          = "http_requests"
  enabled          = true
  destination_conf = var.log_destination
  output_options = {
    output_type     = "ndjson"
    field_names     = ["ClientIP", "EdgeResponseStatus", "Cookies"] # good: field_names = ["ClientIP", "EdgeResponseStatus"]
    timestamp_format = "rfc3339"
  }
}
