# mistake: a production Worker with staging's name
resource "cloudflare_worker" "api" {
  account_id    = var.account_id
  name          = "shop-api-staging" # good: name = "shop-api-production"
  tags          = ["owner:checkout"]
  observability = { enabled = true, traces = { enabled = true } }
  subdomain     = { enabled = false, previews_enabled = false }
}

# mistake: a production Worker on workers.dev
resource "cloudflare_workers_script_subdomain" "api" {
  account_id       = var.account_id
  script_name      = "shop-api-production"
  enabled          = true # good: enabled = false
  previews_enabled = false
}

# mistake: every uploaded version is public at once
resource "cloudflare_workers_script_subdomain" "api" {
  account_id       = var.account_id
  script_name      = "shop-api-production"
  enabled          = false
  previews_enabled = true # good: previews_enabled = false
}

# mistake: previews of a Pages project write to production's namespace
resource "cloudflare_pages_project" "shop" {
  account_id        = var.account_id
  name              = "shop-production"
  production_branch = "main"
  deployment_configs = {
    preview = {
      compatibility_date = "2026-06-01"
      kv_namespaces      = { SESSIONS = { namespace_id = "5c7d9b2a41e84f0e9a3b6d8c1f2e7a90" } } # good: kv_namespaces = { SESSIONS = { namespace_id = "0e9a3b6d8c1f2e7a905c7d9b2a41e84f" } }
    }
    production = {
      compatibility_date = "2026-06-01"
      kv_namespaces      = { SESSIONS = { namespace_id = "5c7d9b2a41e84f0e9a3b6d8c1f2e7a90" } }
    }
  }
}
