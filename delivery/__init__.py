"""What ships and watches the platform: it drives the program through Pulumi, and traffic through Cloudflare's public API."""
