package config

import "reflect"

// Secrets returns every secret of the configuration that is not empty, so that text of others can be searched for them. It is for masking alone.
func (c *Config) Secrets() []string {
	var found []string
	collectSecrets(reflect.ValueOf(c), &found)
	return found
}

func collectSecrets(v reflect.Value, found *[]string) {
	if v.Type() == secretType {
		if s := v.Interface().(Secret); !s.IsZero() {
			*found = append(*found, s.Reveal())
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			collectSecrets(v.Elem(), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				collectSecrets(v.Field(i), found)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			collectSecrets(v.Index(i), found)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			collectSecrets(v.MapIndex(k), found)
		}
	}
}
