package config

import (
	"slices"
	"strings"
)

func (l *loader) validateXSIAMOutput(out *XSIAMOutput, path string) {
	l.validateHTTP(&out.HTTPCommon, path, true)
	l.needsToken(out.Token, path)
	switch {
	case out.Format == "json" && !out.JSON():
		l.problem(path+".schema", quote(out.Schema), "is not JSON; allowed with format: json: the schemas that are, or format: "+out.Schema)
	case (out.Format == "cef" || out.Format == "leef") && out.Schema != out.Format:
		l.problem(path+".schema", quote(out.Schema), "is not what format says; allowed: "+out.Format)
	}
}

func (l *loader) validateElasticOutput(out *ElasticOutput, path string) {
	l.validateHTTP(&out.HTTPCommon, path, !out.APIKey.IsZero() || out.Basic.User != "")
	l.validateBasic(&out.Basic, path+".basic")
	if !out.APIKey.IsZero() && out.Basic.User != "" {
		l.problem(path, "", "several ways to log in; allowed: one of api_key_file, basic")
	}
	if !out.JSON() {
		l.problem(path+".schema", quote(out.Schema), "is not JSON; allowed: the schemas that are")
	}
	switch {
	case out.Index != "" && out.DataStream != DefaultDataStream:
		l.problem(path+".index", quote(out.Index), "a data stream is named too; allowed: index or data_stream")
	case out.Index != "":
		l.indexName(path+".index", out.Index)
	default:
		l.dataStreamName(path+".data_stream", out.DataStream)
	}
}

const (
	maxIndexName = 255 // bytes
	maxDataset   = 100 // bytes of a data stream's dataset or namespace, and of what stands for a placeholder
)

// placeholders may stand in the names of indexes; each event fills them in.
var placeholders = strings.NewReplacer("{kind}", strings.Repeat("x", maxDataset), "{tenant}", strings.Repeat("x", maxDataset))

// indexName checks a name by the rules of Elasticsearch ("Create index API", path parameters), which OpenSearch has too.
func (l *loader) indexName(key, name string) bool {
	full := placeholders.Replace(name)
	switch {
	case strings.ContainsAny(full, "{}"):
		l.problem(key, quote(name), "an unknown placeholder; allowed: {kind}, {tenant}")
	case strings.ToLower(full) != full || strings.ContainsAny(full, `\/*?"<>|,#: `) || strings.ContainsFunc(full, func(r rune) bool { return r < ' ' || r == 0x7f }):
		l.problem(key, quote(name), `not a name; allowed: lower-case letters, digits, "-", "_", "." and the placeholders {kind} and {tenant}`)
	case strings.ContainsAny(name[:1], "-_+.{"):
		l.problem(key, quote(name), "begins wrongly; allowed: a letter or digit first")
	case len(full) > maxIndexName:
		l.problem(key, quote(name), "too long; allowed: 255 bytes, where a placeholder counts as 100")
	default:
		return true
	}
	return false
}

// dataStreamName checks a name by Elastic's data stream naming scheme: type-dataset-namespace.
func (l *loader) dataStreamName(key, name string) {
	if name == "" {
		l.problem(key, "", "empty; allowed: type-dataset-namespace, such as "+DefaultDataStream)
		return
	}
	if !l.indexName(key, name) {
		return
	}
	parts := strings.Split(placeholders.Replace(name), "-")
	if len(parts) != 3 || slices.ContainsFunc(parts, func(p string) bool { return p == "" || len(p) > maxDataset }) {
		l.problem(key, quote(name), `not a data stream's name; allowed: type-dataset-namespace, such as "`+DefaultDataStream+`", each without "-" and of at most 100 bytes; or index`)
	}
}
