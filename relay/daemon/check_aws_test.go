package daemon

import (
	"errors"
	"testing"

	"logrelay/relay/ingest/s3"
)

func TestPermissionTried(t *testing.T) {
	t.Parallel()
	n := Permission{Action: "s3:GetObject", Resource: "arn:aws:s3:::logs/x"}
	for name, row := range map[string]struct {
		err            error
		result, action string
	}{
		"allowed":        {nil, PermissionAllowed, "s3:GetObject"},
		"denied":         {&s3.Error{Class: s3.Denied, Code: "AccessDenied", Action: "s3:GetObject", Err: errors.New("x")}, PermissionMissing, "s3:GetObject"},
		"no role":        {&s3.Error{Class: s3.Denied, Code: "AccessDenied", Action: "sts:AssumeRole", Err: errors.New("x")}, PermissionMissing, "sts:AssumeRole"},
		"key of KMS":     {&s3.Error{Class: s3.DeniedKMS, Code: "AccessDenied", Action: "s3:GetObject", Err: errors.New("x")}, PermissionMissing, "kms:Decrypt"},
		"wrong key":      {&s3.Error{Class: s3.Denied, Code: "InvalidAccessKeyId", Action: "s3:GetObject", Err: errors.New("x")}, PermissionNotTested, "s3:GetObject"},
		"no such object": {&s3.Error{Class: s3.Missing, Code: "NoSuchKey", Action: "s3:GetObject", Err: errors.New("x")}, PermissionNotTested, "s3:GetObject"},
		"broken":         {errors.New("no route"), PermissionNotTested, "s3:GetObject"},
	} {
		if got := n.tried(row.err); got.Result != row.result || got.Action != row.action || (row.err != nil) != (got.Detail != "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
