package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// provider has the methods that Terraform calls for a configuration without what is newer than resources and data sources.
type provider struct {
	tfprotov5.ProviderServer // which is nil: what is not below is not called

	resources, data map[string]*tfprotov5.Schema
	refused, words  string // what of this type is to be made fails with these words
}

func (p *provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return nil, fmt.Errorf("the schema says it all")
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{Provider: &tfprotov5.Schema{Block: &tfprotov5.SchemaBlock{}}, ResourceSchemas: p.resources, DataSourceSchemas: p.data}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (p *provider) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (p *provider) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

// UpgradeResourceState finds the state as this version wrote it: there is no other.
func (p *provider) UpgradeResourceState(_ context.Context, r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	typ := p.resources[r.TypeName].ValueType()
	v, err := r.RawState.Unmarshal(typ)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov5.NewDynamicValue(typ, v)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (p *provider) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
}

// PlanResourceChange says that what is computed is not known before it is made, and forgets what is write-only.
func (p *provider) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	planned, err := change(r.ProposedNewState, p.resources[r.TypeName], func(a *tfprotov5.SchemaAttribute, v tftypes.Value) (any, bool) {
		return tftypes.UnknownValue, a.Computed && v.IsNull()
	})
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: planned}, err
}

// ApplyResourceChange makes up what was not known.
func (p *provider) ApplyResourceChange(_ context.Context, r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	if r.TypeName == p.refused {
		d := &tfprotov5.Diagnostic{Severity: tfprotov5.DiagnosticSeverityError, Summary: p.words}
		return &tfprotov5.ApplyResourceChangeResponse{NewState: r.PriorState, Diagnostics: []*tfprotov5.Diagnostic{d}}, nil
	}
	made, err := change(r.PlannedState, p.resources[r.TypeName], func(a *tfprotov5.SchemaAttribute, v tftypes.Value) (any, bool) {
		return madeUp(r.TypeName, a), !v.IsKnown()
	})
	return &tfprotov5.ApplyResourceChangeResponse{NewState: made}, err
}

func (p *provider) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	schema := p.data[r.TypeName]
	document := ""
	if r.TypeName == "aws_iam_policy_document" {
		v, err := r.Config.Unmarshal(schema.ValueType())
		if err != nil {
			return nil, err
		}
		if document, err = policy(v); err != nil {
			return nil, err
		}
	}
	state, err := change(r.Config, schema, func(a *tfprotov5.SchemaAttribute, v tftypes.Value) (any, bool) {
		if a.Name == "json" {
			return document, true
		}
		return madeUp(r.TypeName, a), a.Computed && v.IsNull()
	})
	return &tfprotov5.ReadDataSourceResponse{State: state}, err
}

// change replaces attributes of a resource, but not those within its blocks. What is null as a whole stays so: it is being destroyed.
func change(in *tfprotov5.DynamicValue, s *tfprotov5.Schema, with func(*tfprotov5.SchemaAttribute, tftypes.Value) (any, bool)) (*tfprotov5.DynamicValue, error) {
	v, err := in.Unmarshal(s.ValueType())
	if err != nil || v.IsNull() {
		return in, err
	}
	fields := map[string]tftypes.Value{}
	if err := v.As(&fields); err != nil {
		return nil, err
	}
	for _, a := range s.Block.Attributes {
		if a.WriteOnly {
			fields[a.Name] = tftypes.NewValue(a.Type, nil)
		} else if value, ok := with(a, fields[a.Name]); ok {
			fields[a.Name] = tftypes.NewValue(a.Type, value)
		}
	}
	out, err := tfprotov5.NewDynamicValue(s.ValueType(), tftypes.NewValue(s.ValueType(), fields))
	return &out, err
}

// madeUp is what an attribute is when nobody has said it.
func madeUp(typ string, a *tfprotov5.SchemaAttribute) any {
	switch {
	case a.Name == "account_id":
		return "123456789012"
	case a.Name == "partition":
		return "aws"
	case typ == "aws_region" && a.Type.Is(tftypes.String):
		return "eu-central-1"
	case a.Name == "arn" || typ == "aws_cloudformation_export":
		return "arn:aws:made-up:eu-central-1:123456789012:" + typ
	case a.Type.Is(tftypes.String):
		return typ + "-" + a.Name
	case a.Type.Is(tftypes.Number):
		return big.NewFloat(1)
	case a.Type.Is(tftypes.Bool):
		return false
	}
	return nil
}

// policy writes a policy's statements as the real provider does.
func policy(v tftypes.Value) (string, error) {
	top, err := plain(v)
	if err != nil {
		return "", err
	}
	statements := []map[string]any{}
	for _, s := range top.(map[string]any)["statement"].([]any) {
		in, out := s.(map[string]any), map[string]any{"Effect": "Allow"}
		for from, to := range map[string]string{"sid": "Sid", "effect": "Effect", "actions": "Action", "resources": "Resource", "not_actions": "NotAction", "not_resources": "NotResource"} {
			if in[from] != nil {
				out[to] = in[from]
			}
		}
		for from, to := range map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"} {
			who := map[string]any{}
			for _, x := range in[from].([]any) {
				one := x.(map[string]any)
				who[one["type"].(string)] = one["identifiers"]
			}
			if len(who) > 0 {
				out[to] = who
			}
		}
		conditions := map[string]map[string]any{}
		for _, x := range in["condition"].([]any) {
			c := x.(map[string]any)
			test := c["test"].(string)
			if conditions[test] == nil {
				conditions[test] = map[string]any{}
			}
			conditions[test][c["variable"].(string)] = c["values"]
		}
		if len(conditions) > 0 {
			out["Condition"] = conditions
		}
		statements = append(statements, out)
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	return string(text), err
}

// plain returns a value as encoding/json would.
func plain(v tftypes.Value) (any, error) {
	if v.IsNull() {
		return nil, nil
	}
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		err := v.As(&s)
		return s, err
	case v.Type().Is(tftypes.Object{}):
		fields, out := map[string]tftypes.Value{}, map[string]any{}
		if err := v.As(&fields); err != nil {
			return nil, err
		}
		for name, f := range fields {
			x, err := plain(f)
			if err != nil {
				return nil, err
			}
			out[name] = x
		}
		return out, nil
	}
	var list []tftypes.Value
	if err := v.As(&list); err != nil {
		return nil, err
	}
	out := []any{}
	for _, e := range list {
		x, err := plain(e)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	if v.Type().Is(tftypes.Set{}) {
		sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i]) < fmt.Sprint(out[j]) })
	}
	return out, nil
}
