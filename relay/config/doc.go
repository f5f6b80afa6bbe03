// Package config is the configuration of the relay: its types, their defaults, and a loader that finds everything that is wrong
// at once.
//
// Load reads, later wins: the YAML file; the environment; the override files, which name the relay's certificate and key; flags.
// Then it makes paths absolute, reads secrets from their files, and checks the whole. It opens no socket and no connection, so a
// dead SIEM never keeps a configuration from loading. A failed Load returns no configuration: what runs goes on as it is.
//
// # Shape
//
// Inputs and outputs are maps: the name is the label in metrics and status, and the output's place in the log. The key "type" says
// which struct a member is (HTTPSInput, HECOutput, ...), so the keys of one type are errors in another. What only inputs
// that listen have is ListenCommon, so that an input that pulls knows none of it; it names a block of "aws" for its credentials. Tags hold what a key
// allows: "allowed" words, "min", "max". A key ending in _file with the tag "into" fills a Secret beside it; a Secret with the tag
// secret:"env" is set by its file or its variable, never in the YAML.
//
// # Environment
//
// The variable of a key is its path in upper case behind LOGRELAY_, with "_" for ".", "-" and "[": LOGRELAY_OUTPUTS_SIEM_TIMEOUT,
// LOGRELAY_INPUTS_HTTPS_TOKENS_0_TOKEN. Empty variables count as unset. Lists are separated by commas. Variables change members
// of the file and make none. A variable of a known section that fits no key is an error; other variables with the prefix are not
// ours (container platforms set LOGRELAY_PORT and LOGRELAY_SERVICE_HOST for a service of that name).
//
// # Certificate overrides
//
// LOGRELAY_TLS_CERT and LOGRELAY_TLS_KEY, in the environment or, which wins, in one of DefaultOverrideFiles, replace tls.cert_file and
// tls.key_file, each on its own. ARMOR_LOGSTASH_SSL_CERT and ARMOR_LOGSTASH_SSL_KEY count only where nothing else names either, and after
// them /opt/armor/logrelay.pem and .key, where both are there.
// An override file has to belong to root and be writable by no one else, and only these four names are read from it.
//
// # Files
//
//   - The types, their tags and defaults: config.go, acme.go, inputs.go, outputs.go, rules.go, s3.go; values.go and secret.go, what a key may hold.
//   - The loader: load.go (the order), decode.go (YAML), env.go, override.go, scalar.go (one text to one value), resolve.go (paths and
//     secrets), validate*.go (what tags cannot say), problems.go (all of it at once).
//   - masked.go: the configuration to show. schema*.go: the JSON Schema for editors; reference.go: the same for people. secrets.go: all
//     secrets, to be masked in text of others.
//
// # Not here
//
// Whether the relay's own certificate and key are good is for package pki, which goes on with the last good pair. Connecting, binding
// and certificates of outputs are for check and for the packages that use them.
//
// # Why
//
//   - Our own walk over yaml.Node instead of Decode with KnownFields: its errors have a line but no column, no key path and no
//     value, stop at the first unknown key of a struct's type, and cannot say that a key belongs to another type. The library
//     still reads the YAML.
//   - Our own 60 lines for the environment instead of caarlos0/env: its errors name the Go field and not the variable, it knows
//     no maps of structs, passes over gaps in list indexes and misspelt variables in silence, and would need a second set of
//     parsers for the same texts. File and environment share setScalar. A format that is not YAML would change our mind.
//   - A file that was named and cannot be read is an error, not a default: a relay that starts without its token file lets
//     in no one, or everyone.
//   - The secret's mode counts, not its directory's: a directory is opened up more easily than it is noticed.
package config
