package main

import (
	"errors"

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

// salvageConfig is loadConfig for what has to work while the file is being repaired: of a configuration that cannot be used it returns what can be read, and
// all that is wrong with it. It fails where --config names a file of which nothing can be read: the defaults may be those of another relay.
func salvageConfig(c *cli.Context) (conf *config.Config, wrong config.Problems, err error) {
	conf, err = loadConfig(c)
	wrong, bad := errors.AsType[config.Problems](err)
	if !bad {
		return conf, nil, err
	}
	conf, readable := config.Salvage(configOptions(c))
	if !readable && c.IsSet("config") {
		return nil, nil, err
	}
	return conf, wrong, nil
}

// dialAdmin returns the door of the running relay: --admin, else the socket that the configuration names, also while its file is being repaired.
func dialAdmin(c *cli.Context) (*adminClient, error) {
	door := c.String("admin")
	if door == "" {
		conf, _, err := salvageConfig(c)
		if err != nil {
			return nil, err
		}
		if door = string(conf.Admin.Socket); door == "" {
			return nil, usageError("set admin.socket, or give --admin", "the configuration has no admin socket")
		}
	}
	return newAdminClient(door)
}
