package elb

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// layout is one form of line.
type layout struct {
	columns []string
	least   int // fields of the oldest form
	time    int // place of the time
}

// maxExtra bounds the fields beyond those that are documented.
const maxExtra = 64

var (
	albAccess = layout{columns: strings.Fields("type time elb client:port target:port request_processing_time target_processing_time response_processing_time" +
		" elb_status_code target_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol target_group_arn trace_id domain_name chosen_cert_arn" +
		" matched_rule_priority request_creation_time actions_executed redirect_url error_reason target:port_list target_status_code_list classification" +
		" classification_reason conn_trace_id transformed_host transformed_uri request_transform_status"), least: 17, time: 1}

	albConnection = layout{columns: strings.Fields("timestamp client_ip client_port listener_port tls_protocol tls_cipher tls_handshake_latency leaf_client_cert_subject" +
		" leaf_client_cert_validity leaf_client_cert_serial_number tls_verify_status conn_trace_id tls_keyexchange"), least: 11, time: 0}

	nlbTLS = layout{columns: strings.Fields("type version time elb listener client:port destination:port connection_time tls_handshake_time received_bytes sent_bytes" +
		" incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_named_group domain_name alpn_fe_protocol alpn_be_protocol" +
		" alpn_client_preference_list tls_connection_creation_time"), least: 16, time: 2}

	clbAccess = layout{columns: strings.Fields("time elb client:port backend:port request_processing_time backend_processing_time response_processing_time elb_status_code" +
		" backend_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol"), least: 12, time: 0}
)

// Is reports whether line can only be one of a load balancer.
func Is(line []byte) bool { return layoutOf(relay.View(line)) != nil }

// layoutOf tells which form a line has; nil when it has none.
func layoutOf(s string) *layout {
	if len(s) < 40 {
		return nil
	}
	first, rest, _ := strings.Cut(s[:min(len(s), 256)], " ")
	second, rest, _ := strings.Cut(rest, " ")
	third, rest, _ := strings.Cut(rest, " ")
	switch first {
	case "http", "https", "h2", "grpcs", "ws", "wss":
		if isTime(second) && strings.HasPrefix(third, "app/") {
			return &albAccess
		}
		return nil
	case "tls":
		if isTime(third) && len(second) == 3 && second[1] == '.' {
			return &nlbTLS
		}
		return nil
	}
	if s[4] != '-' || !isTime(first) || first[len(first)-1] != 'Z' {
		return nil
	}
	fourth, _, _ := strings.Cut(rest, " ")
	_, port := field.Number(fourth, 65535)
	if _, ok := field.Number(third, 65535); ok && port && relay.IsAddr(second) {
		return &albConnection
	}
	var e relay.Endpoint
	if field.AddrPort(&e, third) && e.Port.Set && (fourth == "-" || field.AddrPort(&e, fourth)) {
		return &clbAccess
	}
	return nil
}

// isTime reports whether s has the shape of 2026-11-21T09:15:32.
func isTime(s string) bool {
	return len(s) >= 19 && len(s) <= 30 && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[0]-'0' <= 9
}
