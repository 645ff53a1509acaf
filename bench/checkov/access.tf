# mistake: a bucket open at r2.dev
resource "cloudflare_r2_managed_domain" "orders" {
  account_id  = var.account_id
  bucket_name = "shop-orders-production"
  enabled     = true # good: enabled = false
}

# mistake: any site may write to a bucket
resource "cloudflare_r2_bucket_cors" "uploads" {
  account_id  = var.account_id
  bucket_name = "shop-uploads-production"
  rules = [{
    allowed = {
      methods = ["GET", "PUT"]
      origins = ["*"] # good: origins = ["https://shop.example"]
      headers = ["content-type"]
    }
  }]
}

# mistake: an Access policy that lets everybody in
resource "cloudflare_zero_trust_access_policy" "office" {
  account_id       = var.account_id
  name             = "office"
  decision         = "allow"
  session_duration = "12h"
  include          = [{ everyone = {} }] # good: include = [{ email_domain = { domain = "shop.example" } }]
}

# mistake: an Access policy that checks nobody
resource "cloudflare_zero_trust_access_policy" "office" {
  account_id       = var.account_id
  name             = "office"
  decision         = "bypass" # good: decision = "allow"
  session_duration = "12h"
  include          = [{ email_domain = { domain = "shop.example" } }]
}

# mistake: an API token that never expires
resource "cloudflare_api_token" "deploy" {
  name = "deploy"
  policies = [{
    effect            = "allow"
    permission_groups = [{ id = "e086da7e2179491d91ee5f35b3ca210a" }]
    resources         = jsonencode({ "com.cloudflare.api.account.zone.1c2f3a4b5c6d7e8f90a1b2c3d4e5f607" = "*" })
  }]
  condition = { request_ip = { in = ["203.0.113.7/32"] } }
  # good: expires_on = "2027-06-01T00:00:00Z"
}

# mistake: an API token for every zone
resource "cloudflare_api_token" "deploy" {
  name = "deploy"
  policies = [{
    effect            = "allow"
    permission_groups = [{ id = "e086da7e2179491d91ee5f35b3ca210a" }]
    resources         = jsonencode({ "com.cloudflare.api.account.zone.*" = "*" }) # good: resources = jsonencode({ "com.cloudflare.api.account.zone.1c2f3a4b5c6d7e8f90a1b2c3d4e5f607" = "*" })
  }]
  condition  = { request_ip = { in = ["203.0.113.7/32"] } }
  expires_on = "2027-06-01T00:00:00Z"
}

# mistake: a service token for ever
resource "cloudflare_zero_trust_access_service_token" "probe" {
  account_id = var.account_id
  name       = "probe"
  duration   = "forever" # good: duration = "8760h"
}

# mistake: members sign in without a second factor
resource "cloudflare_account" "shop" {
  name     = "shop"
  type     = "standard"
  settings = { enforce_twofactor = false } # good: settings = { enforce_twofactor = true }
}
