"""What there can be notifications about, by product. The API's own list (the official SDK carries it; a test compares)."""

from __future__ import annotations

from typing import Final

from localcloud.api.store import Json

_BY_PRODUCT: Final[dict[str, str]] = {
    "Access": "expiring_service_token_alert access_custom_certificate_expiration_type",
    "Analytics": "custom_analytics web_analytics_metrics_update",
    "Billing": "billing_usage_alert",
    "Block Notifications": (
        "block_notification_block_removed block_notification_new_block block_notification_review_rejected"
    ),
    "Bot Management": "bot_traffic_basic_alert custom_bot_detection_alert",
    "Brand Protection": "brand_protection_alert brand_protection_digest logo_match_alert",
    "Cloudflare Status": "incident_alert maintenance_event_notification cni_maintenance_notification",
    "Cloudforce One": "cloudforce_one_request_notification",
    "DDoS Protection": (
        "advanced_ddos_attack_l4_alert advanced_ddos_attack_l7_alert dos_attack_l4 dos_attack_l7 "
        "fbm_dosd_attack fbm_volumetric_attack"
    ),
    "DEX": (
        "device_connectivity_anomaly_alert synthetic_test_latency_alert synthetic_test_low_availability_alert"
    ),
    "Health Checks": "health_check_status_notification",
    "Images": "image_notification image_resizing_notification",
    "Load Balancing": "load_balancing_health_alert load_balancing_pool_enablement_alert",
    "Logpush": "failing_logpush_job_disabled_alert",
    "Magic Transit": (
        "bgp_hijack_notification fbm_auto_advertisement magic_tunnel_health_check_event magic_wan_tunnel_health"
    ),
    "Origin Monitoring": "http_alert_origin_error real_origin_monitoring",
    "Page Shield": (
        "scriptmonitor_alert_new_code_change_detections scriptmonitor_alert_new_hosts "
        "scriptmonitor_alert_new_malicious_hosts scriptmonitor_alert_new_malicious_scripts "
        "scriptmonitor_alert_new_malicious_url scriptmonitor_alert_new_max_length_resource_url "
        "scriptmonitor_alert_new_resources"
    ),
    "Pages": "pages_event_alert",
    "Radar": "radar_notification",
    "SSL/TLS": (
        "custom_ssl_certificate_event_type dedicated_ssl_certificate_event_type "
        "hostname_aop_custom_certificate_expiration_type mtls_certificate_store_certificate_expiration_type "
        "universal_ssl_event_type zone_aop_custom_certificate_expiration_type"
    ),
    "Secondary DNS": (
        "secondary_dns_all_primaries_failing secondary_dns_primaries_failing secondary_dns_warning "
        "secondary_dns_zone_successfully_updated secondary_dns_zone_validation_warning"
    ),
    "Security Center": "security_insights_alert abuse_report_alert",
    "Stream": "stream_live_notifications",
    "Traffic Monitoring": "advanced_http_alert_error http_alert_edge_error traffic_anomalies_alert",
    "Tunnel": "tunnel_health_event tunnel_update_event",
    "WAF": "clickhouse_alert_fw_anomaly clickhouse_alert_fw_ent_anomaly",
    "Workers": "sentinel_alert",
}
PRODUCTS: Final = {product: types.split() for product, types in _BY_PRODUCT.items()}
ALERT_TYPES: Final = frozenset(name for names in PRODUCTS.values() for name in names)
NEEDED_FILTERS: Final = {"billing_usage_alert": ("product", "limit")}
FILTERS: Final = frozenset(
    {
        "actions", "affected_asns", "affected_components", "affected_locations", "airport_code",
        "alert_trigger_preferences", "alert_trigger_preferences_value", "enabled", "environment", "event",
        "event_source", "event_type", "group_by", "health_check_id", "incident_impact", "input_id", "insight_class",
        "limit", "logo_tag", "megabits_per_second", "new_health", "new_status", "packets_per_second", "pool_id",
        "pop_names", "product", "project_id", "protocol", "query_tag", "requests_per_second", "selectors", "services",
        "slo", "status", "target_hostname", "target_ip", "target_zone_name", "token_id", "traffic_exclusions",
        "tunnel_id", "tunnel_name", "type", "where", "zones",
    }
)  # fmt: skip


def available() -> dict[str, list[Json]]:
    """As `available_alerts` answers; the names to show are made from the types."""
    return {
        product: [
            {
                "type": name,
                "display_name": name.replace("_", " ").capitalize(),
                "description": "",
                "filter_options": [],
            }
            for name in names
        ]
        for product, names in PRODUCTS.items()
    }
