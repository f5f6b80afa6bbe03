package encode

import (
	"slices"

	"logrelay/relay"
)

// vpcFixed are the names that ecsVPCFlow gives to fields.
var vpcFixed = hashNames(
	"version", "account_id", "log_status", "action", "type", "interface_id", "vpc_id", "subnet_id", "instance_id", "pkt_srcaddr", "pkt_dstaddr",
	"pkt_src_service", "pkt_dst_service", "tcp_flags", "tcp_flags_array", "traffic_path", "sublocation", "organization_id", "src_port_name", "dst_port_name",
	"tgw_src_eni", "tgw_dst_eni", "tgw_src_vpc_id", "tgw_dst_vpc_id", "tgw_src_subnet_id", "tgw_dst_subnet_id", "tgw_src_az_id", "tgw_dst_az_id",
)

// vpcPlaces are the fields of which the direction says on which side they are; without a direction they are in Rest.
var vpcPlaces = [...]string{"interface-id", "vpc-id", "subnet-id", "instance-id"}

// tcpFlags are the names of TCP flags by their bit.
var tcpFlags = [...]string{`"fin",`, `"syn",`, `"rst",`, `"psh",`, `"ack",`, `"urg",`}

// ecsVPCFlow appends aws.vpcflow: AWS's fields under AWS's names, numbers as text.
func ecsVPCFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = member(dst, `,"version":"`, f.Product.Version)
	dst = member(dst, `,"account_id":"`, f.Cloud.Account)
	dst = member(dst, `,"log_status":"`, f.StatusCode)
	dst = member(dst, `,"action":"`, f.Verdict.Word)
	if f.VersionSaid {
		dst = member(dst, `,"type":"`, f.IPVersion)
	}
	if f.Product.Name == "AWS Transit Gateway" {
		dst = member(dst, `,"tgw_src_eni":"`, f.Src.Interface)
		dst = member(dst, `,"tgw_dst_eni":"`, f.Dst.Interface)
		dst = member(dst, `,"tgw_src_vpc_id":"`, f.Src.VPC)
		dst = member(dst, `,"tgw_dst_vpc_id":"`, f.Dst.VPC)
		dst = member(dst, `,"tgw_src_subnet_id":"`, f.Src.Subnet)
		dst = member(dst, `,"tgw_dst_subnet_id":"`, f.Dst.Subnet)
		dst = member(dst, `,"tgw_src_az_id":"`, f.Src.Zone)
		dst = member(dst, `,"tgw_dst_az_id":"`, f.Dst.Zone)
	} else {
		dst = member(dst, `,"interface_id":"`, firstOf(f.Src.Interface, f.Dst.Interface, restText(e.Rest, vpcPlaces[0])))
		dst = member(dst, `,"vpc_id":"`, firstOf(f.Src.VPC, f.Dst.VPC, restText(e.Rest, vpcPlaces[1])))
		dst = member(dst, `,"subnet_id":"`, firstOf(f.Src.Subnet, f.Dst.Subnet, restText(e.Rest, vpcPlaces[2])))
		dst = member(dst, `,"instance_id":"`, firstOf(f.Src.Instance, f.Dst.Instance, restText(e.Rest, vpcPlaces[3])))
	}
	if f.Src.HopIP != "" {
		dst = member(dst, `,"pkt_srcaddr":"`, f.Src.IP)
	}
	if f.Dst.HopIP != "" {
		dst = member(dst, `,"pkt_dstaddr":"`, f.Dst.IP)
	}
	dst = member(dst, `,"pkt_src_service":"`, f.Src.Service)
	dst = member(dst, `,"pkt_dst_service":"`, f.Dst.Service)
	if n := f.TCPFlags; n.Set {
		dst = append(appendInt(append(dst, `,"tcp_flags":"`...), n.Value), '"')
		if n.Value&(1<<len(tcpFlags)-1) != 0 {
			dst = append(dst, `,"tcp_flags_array":[`...)
			for i, name := range tcpFlags {
				if n.Value&(1<<i) != 0 {
					dst = append(dst, name...)
				}
			}
			dst[len(dst)-1] = ']'
		}
	}
	if n := f.Path; n.Set {
		dst = append(appendInt(append(dst, `,"traffic_path":"`...), n.Value), '"')
	}
	dst = member(dst, `,"src_port_name":"`, f.Src.PortName)
	dst = member(dst, `,"dst_port_name":"`, f.Dst.PortName)
	dst = member(dst, `,"organization_id":"`, f.Cloud.Org)
	if len(e.Rest) > 0 {
		kind, id := restText(e.Rest, "sublocation-type"), restText(e.Rest, "sublocation-id")
		const key = `,"sublocation":`
		var n int
		dst, n = open(dst, key)
		dst = member(dst, `,"type":"`, kind)
		dst = member(dst, `,"id":"`, id)
		dst = done(dst, n, key)
		dst = snakeFixed(dst, vpcFixed, e.Rest, vpcPlaces[0], vpcPlaces[1], vpcPlaces[2], vpcPlaces[3], tookIf(kind != "", "sublocation-type"), tookIf(id != "", "sublocation-id"))
	}
	return k.close(dst, at)
}

// restText returns the text of a field by its name; "" when there is none, or no text.
func restText(rest []relay.Field, name string) string {
	i := slices.IndexFunc(rest, func(f relay.Field) bool { return f.Name == name })
	if i < 0 || rest[i].Type != relay.FieldString {
		return ""
	}
	return rest[i].Value
}

// ecsContainer appends orchestrator and service of a flow that a task of Amazon ECS had.
func ecsContainer(dst []byte, rest []relay.Field) []byte {
	if !slices.ContainsFunc(rest, func(f relay.Field) bool { return len(f.Name) > 4 && f.Name[:4] == "ecs-" }) {
		return dst
	}
	const keyOrchestrator, keyCluster, keyResource = `,"orchestrator":`, `,"cluster":`, `,"resource":`
	dst, at := open(dst, keyOrchestrator)
	dst, n := open(dst, keyCluster)
	dst = member(dst, `,"id":"`, restText(rest, "ecs-cluster-arn"))
	dst = member(dst, `,"name":"`, restText(rest, "ecs-cluster-name"))
	dst = done(dst, n, keyCluster)
	dst, n = open(dst, keyResource)
	dst = member(dst, `,"id":"`, restText(rest, "ecs-container-instance-id"))
	dst = member(dst, `,"name":"`, restText(rest, "ecs-container-instance-arn"))
	dst = done(dst, n, keyResource)
	dst = done(dst, at, keyOrchestrator)
	if name := restText(rest, "ecs-service-name"); name != "" {
		dst = append(appendText(append(dst, `,"service":{"name":"`...), name), '}')
	}
	return dst
}
