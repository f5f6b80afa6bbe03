package guardduty

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// detail is a member of resource that describes something that was acted upon.
type detail struct {
	member string
	kind   string    // what Resource.Type is, in the words of resourceType
	uid    [2]string // members that identify it: the second where the first is missing
	name   string
}

// details are the members of resource that describe one thing, or a list of such. The others stay in Rest.
var details = [...]detail{
	{"instanceDetails", "Instance", [2]string{"instanceId"}, ""},
	{"s3BucketDetails", "S3Bucket", [2]string{"arn"}, "name"},
	{"eksClusterDetails", "EKSCluster", [2]string{"arn"}, "name"},
	{"ecsClusterDetails", "ECSCluster", [2]string{"arn"}, "name"},
	{"containerDetails", "Container", [2]string{"id"}, "name"},
	{"rdsDbInstanceDetails", "RDSDBInstance", [2]string{"dbInstanceArn", "dbInstanceIdentifier"}, "dbInstanceIdentifier"},
	{"rdsLimitlessDbDetails", "RDSLimitlessDB", [2]string{"dbShardGroupArn", "dbShardGroupIdentifier"}, "dbShardGroupIdentifier"},
	{"lambdaDetails", "Lambda", [2]string{"functionArn"}, "functionName"},
}

// workload is the member of kubernetesDetails that describes what runs in the cluster.
var workload = detail{"kubernetesWorkloadDetails", "KubernetesWorkload", [2]string{"uid"}, "name"}

// resource takes the object of that name.
func (p *Parser) resource(es *relay.Events, f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	if m := v.Get("accessKeyDetails"); m.Exists() { // before other users, wherever it stands
		p.accessKey(&f.Actor.User, m)
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "accessKeyDetails":
		case "kubernetesDetails":
			p.kubernetes(es, f, m)
		case "rdsDbUserDetails":
			p.databaseUser(&f.Actor.User, m)
		default:
			p.described(es, m)
		}
	}
	rest.Close()
}

// described takes m if it is one of details.
func (p *Parser) described(es *relay.Events, m jsondoc.Value) {
	for i := range details {
		d := &details[i]
		if m.Name() != d.member {
			continue
		}
		switch {
		case m.IsObject():
			p.thing(es, m, d)
		case p.rest.Array(m):
			for one := m.First(); one.Exists(); one = one.Next() {
				p.thing(es, one, d)
			}
			p.rest.Close()
		}
		return
	}
	p.rest.Add(m)
}

// thing takes what has a name or an id; else it keeps v.
func (p *Parser) thing(es *relay.Events, v jsondoc.Value, d *detail) {
	r := relay.Resource{Type: d.kind, Name: plain(es, v, d.name)}
	uid := ""
	for _, uid = range d.uid {
		if r.UID = plain(es, v, uid); r.UID != "" {
			break
		}
	}
	if r.UID == "" && r.Name == "" {
		p.rest.Add(v)
		return
	}
	p.data.Reset(es)
	p.data.Object(v)
	for m := v.First(); m.Exists(); m = m.Next() {
		switch name := m.Name(); {
		case name == uid && r.UID != "", name == d.name && r.Name != "":
		case name == "namespace":
			r.Namespace = p.data.Text(m)
		default:
			p.data.Add(m)
		}
	}
	p.data.Close()
	for _, f := range p.data.Fields() {
		r.Data = f.Value
	}
	p.resources = append(p.resources, r)
}

// plain returns the text of a member that is a string; "" for all else.
func plain(es *relay.Events, v jsondoc.Value, name string) string {
	if name == "" {
		return ""
	}
	if m := v.Get(name); m.IsString() {
		return m.Word(es)
	}
	return ""
}

// accessKey takes whose credentials were used.
func (p *Parser) accessKey(u *relay.User, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "accessKeyId":
			u.AccessKey = rest.Text(m)
		case "principalId":
			u.UIDAlt = rest.Text(m)
		case "userName":
			u.Name = rest.Text(m)
		case "userType":
			u.Type = rest.Text(m)
			switch u.Type {
			case "":
			case "IAMUser":
				u.TypeID = 1
			case "Root":
				u.TypeID = 2
			case "AWSService":
				u.TypeID = 4
			default:
				u.TypeID = 99
			}
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// kubernetes takes who acted in a cluster, and what runs there.
func (p *Parser) kubernetes(es *relay.Events, f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch {
		case m.Name() == workload.member && m.IsObject():
			p.thing(es, m, &workload)
		case m.Name() == "kubernetesUserDetails":
			p.kubernetesUser(&f.Actor, m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

func (p *Parser) kubernetesUser(a *relay.Actor, v jsondoc.Value) {
	rest := &p.rest
	if a.User.Name != "" {
		rest.Add(v)
		return
	}
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "username":
			a.User.Name = rest.Text(m)
		case "uid":
			a.User.UID = rest.Text(m)
		case "groups":
			a.User.Groups = p.rest.Texts(m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// databaseUser takes who logged in to a database.
func (p *Parser) databaseUser(u *relay.User, v jsondoc.Value) {
	if u.Name != "" {
		p.rest.Add(v)
		return
	}
	p.rest.Pick(v, "user", func(m jsondoc.Value) { u.Name = p.rest.Text(m) })
}
