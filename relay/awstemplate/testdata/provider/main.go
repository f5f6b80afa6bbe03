// Command provider stands in for a Terraform provider: it has the schema of one and no cloud behind it. What is asked for is made at once, and what
// the cloud would have filled in is made up; the documents of policies are written out as they were put. So Terraform itself looks at a configuration:
// whether each argument and each block is there, of the right type and not forgotten, whether each reference leads somewhere, whether it can be applied.
//
// Terraform starts it by the development overrides of its own configuration, under the name terraform-provider-NAME. The environment says:
//
//	LOGRELAY_PROVIDER_SCHEMAS  where schema.py wrote, with NAME behind it
//	LOGRELAY_PROVIDER_REFUSES  TYPE=WORDS: what of this type is to be made fails with WORDS
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	_, name, _ := strings.Cut(filepath.Base(os.Args[0]), "terraform-provider-")
	p := &provider{}
	p.refused, p.words, _ = strings.Cut(os.Getenv("LOGRELAY_PROVIDER_REFUSES"), "=")
	var err error
	schemas := filepath.Join(os.Getenv("LOGRELAY_PROVIDER_SCHEMAS"), name)
	if p.resources, err = load(schemas, "resource"); err != nil {
		return err
	}
	if p.data, err = load(schemas, "data"); err != nil {
		return err
	}
	return tf5server.Serve("registry.terraform.io/hashicorp/"+name, func() tfprotov5.ProviderServer { return p })
}

var named = regexp.MustCompile(`(?m)^(resource|data) "(\w+)"`)

// load reads the schemas of the types that the configuration in the current directory names. One that is not there is left out: Terraform says so.
func load(directory, kind string) (map[string]*tfprotov5.Schema, error) {
	paths, err := filepath.Glob("*.tf")
	if err != nil {
		return nil, err
	}
	all := map[string]*tfprotov5.Schema{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for _, found := range named.FindAllSubmatch(text, -1) {
			if string(found[1]) != kind {
				continue
			}
			name := string(found[2])
			data, err := os.ReadFile(filepath.Join(directory, kind, name+".json"))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			var b block
			if err := json.Unmarshal(data, &b); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name] = &tfprotov5.Schema{Block: b.schema(true)}
		}
	}
	return all, nil
}
