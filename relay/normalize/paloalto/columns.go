package paloalto

import "strings"

// Places of the fields that all types have.
const (
	typeColumn    = 3
	subtypeColumn = 4
)

// head is what TRAFFIC and THREAT begin with.
const head = "future_use_1 receive_time serial type subtype future_use_2 generated_time src dst nat_src nat_dst rule src_user dst_user app vsys src_zone dst_zone inbound_if outbound_if" +
	" log_action future_use_3 session_id repeat_count sport dport nat_sport nat_dport flags proto action "

// devices are columns that both have near their end.
const devices = "src_dvc_category src_dvc_profile src_dvc_model src_dvc_vendor src_dvc_os_family src_dvc_os_version src_hostname src_mac" +
	" dst_dvc_category dst_dvc_profile dst_dvc_model dst_dvc_vendor dst_dvc_os_family dst_dvc_os_version dst_hostname dst_mac container_id pod_namespace pod_name src_edl dst_edl host_id" +
	" endpoint_serial "

// applications are the columns behind the high resolution time.
const applications = "app_subcategory app_category app_technology app_risk app_characteristic app_container app_tunneled app_saas app_sanctioned"

// columns are the names of the fields by type.
var columns = map[string][]string{
	"TRAFFIC": strings.Fields(head + "bytes bytes_sent bytes_received packets start_time elapsed category future_use_4 sequence action_flags src_location dst_location future_use_5 packets_sent" +
		" packets_received session_end_reason dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4 vsys_name device_name action_source src_vm_uuid dst_vm_uuid tunnel_id monitor_tag parent_session_id" +
		" parent_start_time tunnel sctp_assoc_id sctp_chunks sctp_chunks_sent sctp_chunks_received rule_uuid http2_connection link_change_count policy_id link_switches sdwan_cluster" +
		" sdwan_device_type sdwan_cluster_type sdwan_site dynamic_user_group xff_ip " + devices + "src_dag dst_dag session_owner high_res_timestamp nsdsai_sst nsdsai_sd " +
		applications + " offloaded flow_type cluster_name"),
	"THREAT": strings.Fields(head + "url threat_id category severity direction sequence action_flags src_location dst_location future_use_4 content_type pcap_id file_digest cloud url_index user_agent" +
		" file_type x_forwarded_for referer sender subject recipient report_id dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4 vsys_name device_name future_use_5 src_vm_uuid dst_vm_uuid http_method" +
		" tunnel_id monitor_tag parent_session_id parent_start_time tunnel threat_category content_version future_use_6 sctp_assoc_id payload_protocol http_headers url_category_list rule_uuid" +
		" http2_connection dynamic_user_group xff_ip " + devices + "domain_edl src_dag dst_dag partial_hash high_res_timestamp reason justification nsdsai_sst " + applications +
		" cloud_report_id cluster_name flow_type"),
	"USERID": strings.Fields("future_use_1 receive_time serial type subtype future_use_2 generated_time vsys src user datasource_name mapping_event_id repeat_count timeout sport dport datasource" +
		" datasource_type sequence action_flags dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4 vsys_name device_name vsys_id factor_type factor_completion_time factor_number user_group_flags" +
		" user_by_source tag_name high_res_timestamp origin_datasource future_use_3 cluster_name"),
	"SYSTEM": strings.Fields("future_use_1 receive_time serial type subtype future_use_2 generated_time vsys event_id object future_use_3 future_use_4 module severity description sequence" +
		" action_flags dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4 vsys_name device_name future_use_5 future_use_6 high_res_timestamp"),
	"CONFIG": strings.Fields("future_use_1 receive_time serial type subtype future_use_2 generated_time host vsys command admin client result path sequence" +
		" action_flags dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4 vsys_name device_name dg_id comment future_use_3 high_res_timestamp"),
	"GLOBALPROTECT": strings.Fields("future_use_1 receive_time serial type subtype future_use_2 generated_time vsys event_id stage auth_method tunnel_type src_user src_region machine_name public_ip" +
		" public_ipv6 private_ip private_ipv6 host_id endpoint_serial client_version client_os client_os_version repeat_count reason error description status location login_duration" +
		" connect_method error_code portal sequence action_flags high_res_timestamp selection_type response_time priority attempted_gateways gateway dg_hier_1 dg_hier_2 dg_hier_3 dg_hier_4" +
		" vsys_name device_name vsys_id cluster_name"),
}
