package encode

import "logrelay/relay"

// ocsfAPIObject appends api if it can be one: it needs an operation.
func ocsfAPIObject(dst []byte, a *relay.API) []byte {
	if a.Operation == "" {
		return dst
	}
	return ocsfAPIMembers(dst, a, a.RequestUID != "")
}

// ocsfAPIMembers appends the object api; request says whether it may have a request, which needs a uid.
func ocsfAPIMembers(dst []byte, a *relay.API, request bool) []byte {
	const key, response = `,"api":`, `,"response":`
	dst, at := open(dst, key)
	dst = member(dst, `,"operation":"`, a.Operation)
	if a.Service != "" {
		dst = append(appendText(append(dst, `,"service":{"name":"`...), a.Service), '}')
	}
	dst = member(dst, `,"version":"`, a.Version)
	if a.Group != "" {
		dst = append(appendText(append(dst, `,"group":{"name":"`...), a.Group), '}')
	}
	if request {
		dst = appendText(append(dst, `,"request":{"uid":"`...), a.RequestUID)
		dst = append(memberJSON(dst, `,"data":`, a.Request), '}')
	}
	dst, inner := open(dst, response)
	dst = memberNumber(dst, `,"code":`, a.Code)
	dst = member(dst, `,"error":"`, a.Error)
	dst = member(dst, `,"error_message":"`, a.ErrorMessage)
	dst = member(dst, `,"message":"`, a.Message)
	dst = memberJSON(dst, `,"data":`, a.Response)
	dst = done(dst, inner, response)
	return done(dst, at, key)
}

// memberJSON is member for values that are JSON.
func memberJSON(dst []byte, key, v string) []byte {
	if v == "" {
		return dst
	}
	return appendJSON(append(dst, key...), v)
}

// ocsfAPIRest appends what ocsfAPIObject does not; all of it unless placed.
func ocsfAPIRest(dst []byte, a *relay.API, placed bool) []byte {
	if !placed || a.Operation == "" {
		dst = ocsfAPIMembers(dst, a, a.RequestUID != "")
	}
	if a.RequestUID == "" {
		dst = memberJSON(dst, `,"requestParameters":`, a.Request)
	}
	return dst
}

// ocsfResources appends the resources that can be one: they need a name or a uid. Their region belongs to profile cloud.
func ocsfResources(dst []byte, list []relay.Resource, cloud bool) []byte {
	const key = `,"resources":`
	dst, at := open(dst, key)
	for i := range list {
		if r := &list[i]; r.UID != "" || r.Name != "" {
			dst = ocsfResource(dst, r, cloud)
		}
	}
	return doneList(dst, at, key)
}

// ocsfResource appends one member of resources.
func ocsfResource(dst []byte, r *relay.Resource, region bool) []byte {
	const comma = `,`
	dst, at := open(dst, comma)
	dst = member(dst, `,"uid":"`, r.UID)
	dst = member(dst, `,"name":"`, r.Name)
	dst = member(dst, `,"type":"`, r.Type)
	dst = member(dst, `,"namespace":"`, r.Namespace)
	dst = member(dst, `,"version":"`, r.Version)
	if r.Account != "" {
		dst = append(appendText(append(dst, `,"owner":{"account":{"uid":"`...), r.Account), '}', '}')
	}
	if region {
		dst = member(dst, `,"region":"`, r.Region)
	}
	dst = memberJSON(dst, `,"data":`, r.Data)
	return done(dst, at, comma)
}

// ocsfResourcesRest appends what ocsfResources does not; all of it unless placed.
func ocsfResourcesRest(dst []byte, list []relay.Resource, placed, cloud bool) []byte {
	const key, comma = `,"resources":`, `,`
	dst, at := open(dst, key)
	for i := range list {
		r := &list[i]
		switch {
		case !placed || r.UID == "" && r.Name == "":
			dst = ocsfResource(dst, r, true)
		case !cloud && r.Region != "":
			dst = ocsfResource(dst, &relay.Resource{UID: r.UID, Name: r.Name, Region: r.Region}, true)
		}
	}
	return doneList(dst, at, key)
}

// doneList ends the array begun by open at at under key, or takes it back when it has no members. Each has a leading comma.
func doneList(dst []byte, at int, key string) []byte {
	if len(dst) == at+len(key) {
		return dst[:at]
	}
	dst[at+len(key)] = '['
	return append(dst, ']')
}
