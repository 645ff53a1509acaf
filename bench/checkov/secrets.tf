# mistake: an AWS key pair in plain-text bindings
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [
    {
      name = "MAIL_KEY_ID"
      type = "plain_text"
      text = "AKIA(+)Q7RTN4VX2LZKMPW3" # good: text = "mail"
    },
    {
      name = "MAIL_KEY"
      type = "plain_text"                                  # good: type = "secret_text"
      text = "wJ4rXUtn(+)FEMQ/K7MDENG+bPxRfiCYzQ8vLk2Tn5a" # good: text = var.mail_key
    },
  ]
}

# mistake: a Slack token in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "CHAT"
    type = "plain_text"                                      # good: type = "secret_text"
    text = "xoxb(+)-273917465028-283746592013-Zk8Wq3TnV5xLr2Mb7YcJ4dHs" # good: text = var.slack_token
  }]
}

# mistake: a private key on one line in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "SIGNING"
    type = "plain_text" # good: type = "secret_text"
    text = "-----BEGIN (+)EC PRIVATE KEY-----\nMHcCAQEEIHr2cy9YHQBa/PIW9jhf9jcQKSQsxghA3X0qelUDt9IcoAoGCCqGSM49\n-----END (+)EC PRIVATE KEY-----" # good: text = var.signing_key
  }]
}

# mistake: a signed token (JWT) in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "PARTNER"
    type = "plain_text" # good: type = "secret_text"
    text = "eyJ(+)hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ(+)zdWIiOiJzaG9wIiwicm9sZSI6InBhcnRuZXIifQ.q8Zt3LwVx5Kn2RbMd7YcJ4HsTfGa9PoUe1iXkQvNwZs" # good: text = var.partner_token
  }]
}

# mistake: a GitHub token in a variable of a Pages project, name and value on one line
resource "cloudflare_pages_project" "shop" {
  account_id        = var.account_id
  name              = "shop-production"
  production_branch = "main"
  deployment_configs = {
    production = {
      compatibility_date = "2026-06-01"
      env_vars           = { GITHUB_TOKEN = { type = "plain_text", value = "ghp(+)_4fQ9xT2mLw8ZrV6bKd1sYh3uNc7eJa5gPo0i" } } # good: env_vars = { GITHUB_TOKEN = { type = "secret_text", value = var.github_token } }
    }
  }
}

# mistake: a GitHub token in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "RELEASES"
    type = "plain_text"                                  # good: type = "secret_text"
    text = "ghp(+)_4fQ9xT2mLw8ZrV6bKd1sYh3uNc7eJa5gPo0i" # good: text = var.github_token
  }]
}

# mistake: a database URL with its password in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "ORDERS"
    type = "plain_text"                                                             # good: type = "secret_text"
    text = "postgres://shop_app:vT9(+)mQ2xLr7Kz@orders.db.shop.example:5432/orders" # good: text = var.orders_url
  }]
}

# mistake: an Upstash token in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "UPSTASH_REDIS_REST_TOKEN"
    type = "plain_text"                                                       # good: type = "secret_text"
    text = "AXkyASQg(+)MzM0ZGYtYTQ5Ny00ZTgwLWE2MzktOGY2ZDU1NzE2YjVkN2Y4OTQ1" # good: text = var.upstash_token
  }]
}

# mistake: a signing secret by its name, with no shape of its own, in a plain-text binding
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "JWT_SECRET"
    type = "plain_text"             # good: type = "secret_text"
    text = "blue-otter-sings-early" # good: text = var.jwt_secret
  }]
}

# mistake: a Stripe key in a variable of a Pages project
resource "cloudflare_pages_project" "shop" {
  account_id        = var.account_id
  name              = "shop-production"
  production_branch = "main"
  deployment_configs = {
    production = {
      compatibility_date = "2026-06-01"
      env_vars = {
        PAYMENTS = {
          type  = "plain_text"                                  # good: type = "secret_text"
          value = "sk(+)_live_51Nq8ZkT4mXwB7rVd2LpYc6HsJ9fGa" # good: value = var.stripe_key
        }
      }
    }
  }
}

# mistake: a private key in a Worker's code
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  compatibility_date = "2026-06-01"
  content            = <<-EOT
    const key = `-----BEGIN (+)PRIVATE KEY----- # good: const key = env.SIGNING_KEY
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2 # good:
    OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r # good:
    1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G # good:
    -----END (+)PRIVATE KEY-----` # good:
    export default { fetch: (request, env) => sign(key, request) }
  EOT
}

# mistake: a token in the value of a KV pair
resource "cloudflare_workers_kv" "flags" {
  account_id   = var.account_id
  namespace_id = var.namespace_id
  key_name     = "release"
  value        = "ghp(+)_8sLw2VnR5tKx9QmB3dYh7ZcJ1uPf6GaE4oTi" # good: value = "2026-11"
}

# mistake: a token in a DNS record
resource "cloudflare_dns_record" "release" {
  zone_id = var.zone_id
  name    = "_release.shop.example"
  type    = "TXT"
  ttl     = 3600
  content = "\"ghp(+)_2RnV8sLwKx5tQ9mBd3YhZ7cJu1Pf6GaE4oTi\"" # good: content = "\"release=2026-11\""
}

# mistake: a token in a Worker's tag
resource "cloudflare_worker" "api" {
  account_id    = var.account_id
  name          = "shop-api-production"
  tags          = ["owner:checkout", "ghp(+)_9QmB3dYh7ZcJ1uPf6GaE4oTi8sLw2VnR5tKx"] # good: tags = ["owner:checkout"]
  observability = { enabled = true, traces = { enabled = true } }
  subdomain     = { enabled = false, previews_enabled = false }
}

# mistake: a secret that is a word
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [{
    name = "JWT_SECRET"
    type = "secret_text"
    text = "changeme" # good: text = var.jwt_secret
  }]
}

# mistake: a database's password in clear text in the program
resource "cloudflare_hyperdrive_config" "orders" {
  account_id = var.account_id
  name       = "shop-orders-production"
  origin = {
    scheme   = "postgres"
    host     = "orders.db.shop.example"
    port     = 5432
    database = "orders"
    user     = "shop_app"
    password = "vT9(+)mQ2xLr7KzW4nB" # good: password = var.database_password
  }
  mtls    = { ca_certificate_id = var.ca_certificate_id, sslmode = "verify-full" }
  caching = { disabled = true }
  lifecycle {
    prevent_destroy = true
  }
}

# mistake: a database URL with its password, in two halves
resource "cloudflare_workers_script" "api" {
  account_id         = var.account_id
  script_name        = "shop-api-production"
  main_module        = "index.js"
  content_file       = "dist/index.js"
  content_sha256     = filesha256("dist/index.js")
  compatibility_date = "2026-06-01"
  bindings = [
    {
      name = "ORDERS_1"
      type = "plain_text"
      text = "postgres://shop_app:vT9(+)mQ2x" # good: text = "stable"
    },
    {
      name = "ORDERS_2"
      type = "plain_text"
      text = "Lr7KzW4@orders.db.shop.example/orders" # good: text = "canary"
    },
  ]
}

# mistake: the account's global API key
provider "cloudflare" {
  email   = "ops@shop.example"                      # good:
  api_key = "c2547eb745079dac(+)9320b638f5e225cf483cc" # good: api_token = var.api_token
}
