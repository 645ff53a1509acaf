"""R2's S3 API: signed requests in, XML out; the same objects as the v4 API and Workers have.

Not served: a bucket's rules (they are written by the v4 API), customer's keys (SSE-C), and what R2 has not either, as
versions, tags and ACLs; each is refused as `NotImplemented`. Checksums of CRC32C and CRC64NVME are taken unchecked.
"""
