package config

import (
	"fmt"
	"log/slog"
)

const masked = "<secret>"

// Secret is a text that never prints: fmt, slog, JSON and YAML write "<secret>", or nothing when it is empty. Only Reveal tells it.
type Secret struct{ text string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text, for the one place that has to send or compare it.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// String returns "<secret>", or "" when there is none.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return masked
}

// Format writes String for every verb, so that no verb reaches the text by reflection.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText is what JSON and YAML write.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}

// LogValue is what slog writes.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
