# mistake: a database's bucket may be destroyed by any apply
resource "cloudflare_r2_bucket" "orders" {
  account_id = var.account_id
  name       = "shop-orders-production"
  # good: lifecycle {
  # good:   prevent_destroy = true
  # good: }
}

# mistake: a lifecycle rule eats live data
resource "cloudflare_r2_bucket_lifecycle" "orders" {
  account_id  = var.account_id
  bucket_name = "shop-orders-production"
  rules = [{
    id         = "old"
    enabled    = true
    conditions = { prefix = "" } # good: conditions = { prefix = "tmp/" }
    delete_objects_transition = {
      condition = { type = "Age", max_age = 86400 }
    }
  }]
}

# mistake: a version deletes a Durable Object class and all that it stored
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  migrations = {
    new_tag         = "v3"
    old_tag         = "v2"
    deleted_classes = ["Cart"] # good: new_sqlite_classes = ["Cart"]
  }
}

# mistake: sessions are read from a cache
resource "cloudflare_hyperdrive_config" "sessions" {
  account_id = var.account_id
  name       = "shop-sessions-production"
  origin = {
    scheme   = "postgres"
    host     = "sessions.db.shop.example"
    port     = 5432
    database = "sessions"
    user     = "shop_app"
    password = var.database_password
  }
  mtls    = { ca_certificate_id = var.ca_certificate_id, sslmode = "verify-full" }
  caching = { disabled = false, max_age = 60 } # good: caching = { disabled = true }
  lifecycle {
    prevent_destroy = true
  }
}
