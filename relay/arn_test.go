package relay

import "testing"

func TestARNPlace(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string][2]string{
		"arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop/a1": {"eu-central-1", "123456789012"},
		"arn:aws:iam::123456789012:role/a:b":                              {"", "123456789012"},
		"arn:aws:s3:::bucket":                                             {"", ""},
		"arn:aws:s3":                                                      {"", ""},
		"a1b2c3d4":                                                        {"", ""},
		"":                                                                {"", ""},
	} {
		if region, account := ARNPlace(arn); region != want[0] || account != want[1] {
			t.Errorf("%s: %q %q", arn, region, account)
		}
	}
}
