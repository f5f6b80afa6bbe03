package daemon

import (
	"logrelay/pki"
	"logrelay/relay/config"
)

// checkOverrides says to root, who may read everything, which of the files that may name the relay's certificate the service cannot read: it would not
// start, where this check saw nothing wrong.
func checkOverrides(c *config.Config) []CheckResult {
	u, ok := pki.ServiceUser(string(c.StateDir))
	if !ok {
		return nil
	}
	return unreadableOverrides(config.DefaultOverrideFiles, u)
}

func unreadableOverrides(files []string, u pki.User) []CheckResult {
	var results []CheckResult
	for _, file := range files {
		if faults := pki.Unreadable(file, file, u); len(faults) > 0 {
			results = append(results, CheckResult{Name: "configuration", Result: CheckFailed, Detail: faults[0].Error(), Hint: "it holds no secret: chmod 0644 " + file})
		}
	}
	return results
}
