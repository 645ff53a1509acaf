"""R2's S3 API: signed requests in, XML out; the same objects as the v4 API and Workers have."""
