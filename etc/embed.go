// Package etc holds the files that are installed beside the program, for what the program says of them.
package etc

import _ "embed"

//go:generate sh -c "go run ../cmd/logrelay config-schema >logrelay.schema.json"
//go:generate sh -c "go run ../cmd/logrelay config-schema --markdown >configuration.md"
//go:generate sh -c "go run ../cmd/logrelay metrics --markdown >metrics.md"

// Config is the configuration file that is shipped: every key with its default and what it means, all but a few commented out.
//
//go:embed logrelay.yaml
var Config []byte
