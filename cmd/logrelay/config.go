package main

import (
	"github.com/urfave/cli/v2"

	"logrelay/relay/config"
	"logrelay/relay/daemon"
)

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Aliases: []string{"c"}, Value: config.DefaultPath, Usage: "configuration `FILE`"}
}

// configFlags are the flags of the commands that log.
func configFlags() []cli.Flag {
	return []cli.Flag{
		configFlag(),
		&cli.StringFlag{Name: "log-level", Usage: "debug, info, warn or error"},
		&cli.StringFlag{Name: "log-format", Usage: "text or json"},
	}
}

// configOptions are what the flags say about the configuration.
func configOptions(c *cli.Context) config.Options {
	return config.Options{Path: c.String("config"), LogLevel: c.String("log-level"), LogFormat: c.String("log-format"), CheckRules: daemon.CheckRules, CheckHash: daemon.CheckHash}
}

// loadConfig reads the configuration that the flags name. Its error is a config.Problems, which ends the program with exitUsage.
func loadConfig(c *cli.Context) (*config.Config, error) {
	return config.Load(configOptions(c))
}

// dialAdmin returns the door of the running relay: --admin, else the socket that the configuration names. Status and
// reload have to work while the file is being repaired, so without --config a file that cannot be used means the usual socket.
func dialAdmin(c *cli.Context) (*adminClient, error) {
	door := c.String("admin")
	if door == "" {
		conf, err := loadConfig(c)
		switch {
		case err == nil:
		case c.IsSet("config"):
			return nil, err
		default:
			conf = config.Default()
		}
		if door = string(conf.Admin.Socket); door == "" {
			return nil, usageError("set admin.socket, or give --admin", "the configuration has no admin socket")
		}
	}
	return newAdminClient(door)
}
