package config

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Masked returns the whole configuration, defaults included, as YAML in which every secret is "<secret>".
func (c *Config) Masked() []byte {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(c); err != nil {
		panic(fmt.Sprintf("BUG: a configuration that is not YAML: %v", err))
	}
	return b.Bytes()
}
